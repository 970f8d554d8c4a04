#!/usr/bin/env -S node --conditions=source
import { spawn } from "node:child_process";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

const packages = dirname(createRequire(import.meta.url).resolve("node/package.json"));
const [major = 0] = process.versions.node.split(".").map(Number);
if (major >= 24 && process.execArgv.includes("--conditions=source")) {
	// Reading and compiling the sources takes longer than most commands; beside the packages nobody else can write to the cache.
	module.enableCompileCache(join(packages, "..", ".cache", "faultline"));
	await import("../src/cli/main.ts");
} else {
	// Started by an older Node, or without its options: go on with the one that comes as the npm package `node`.
	const node = join(packages, "bin", "node");
	const child = spawn(node, ["--conditions=source", import.meta.filename, ...process.argv.slice(2)], {
		stdio: "inherit",
	});
	for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
	child.on("error", (error) => {
		process.stderr.write(`faultline: cannot start Node 24 (${error.message}); run npm ci\n`);
		process.exitCode = 70;
	});
	child.on("close", (code, signal) => {
		process.exitCode = code ?? (signal === null ? 70 : 130);
	});
}
