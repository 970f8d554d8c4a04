import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

const OTELCOL = path.join(import.meta.dirname, "../../otelcol");

/** Outside of the repository, so that a fresh clone need not build again what has not changed. */
const CACHE = path.join(
	process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"),
	"faultline",
	"otelcol",
);

export function hasGo(): boolean {
	return spawnSync("go", ["version"]).status === 0;
}

/** The Collector's binary, where this manifest was built before on this machine. */
export async function findCollector(): Promise<string | undefined> {
	const { binary } = await readManifest();
	return existsSync(binary) ? binary : undefined;
}

/** Builds the Collector of `otelcol/builder.yaml` with the OpenTelemetry Collector Builder: minutes at first, nothing after that. */
export async function buildCollector(): Promise<string> {
	const { manifest, version, folder, binary } = await readManifest();
	if (existsSync(binary)) return binary;
	const build = path.join(folder, "build");
	await mkdir(build, { recursive: true });
	const file = path.join(folder, "builder.yaml");
	await writeFile(file, manifest.replace("output_path: ./out", `output_path: ${JSON.stringify(build)}`));
	await go(["run", `go.opentelemetry.io/collector/cmd/builder@v${version}`, "--config", file], folder);
	await rename(path.join(build, "faultline-otelcol"), binary);
	return binary;
}

async function readManifest(): Promise<{
	readonly manifest: string;
	readonly version: string;
	readonly folder: string;
	readonly binary: string;
}> {
	const manifest = await readFile(path.join(OTELCOL, "builder.yaml"), "utf8");
	const version = /^ {2}version: (\S+)$/m.exec(manifest)?.[1];
	if (version === undefined) throw new Error("otelcol/builder.yaml says no dist version");
	const folder = path.join(CACHE, createHash("sha256").update(manifest).digest("hex").slice(0, 16));
	return { manifest, version, folder, binary: path.join(folder, "faultline-otelcol") };
}

/** Builds the program in `otelcol/client`, which drives an HTTP interface with clickhouse-go. */
export async function buildClient(): Promise<string> {
	await mkdir(CACHE, { recursive: true });
	const binary = path.join(CACHE, "clickhouse-go-client");
	await go(["build", "-o", binary, "."], path.join(OTELCOL, "client"));
	return binary;
}

/** Resolves at its end; what it prints goes to standard error. */
async function go(args: readonly string[], cwd: string): Promise<void> {
	const child = spawn("go", args, { cwd, stdio: ["ignore", 2, 2] });
	const code = await new Promise<number | null>((resolve, reject) => {
		child.on("error", reject);
		child.on("exit", resolve);
	});
	if (code !== 0) throw new Error(`go ${args.join(" ")} failed with exit code ${code}; its output is above`);
}
