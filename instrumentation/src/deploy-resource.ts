import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Attributes } from "@opentelemetry/api";
import { quietly } from "./quietly.ts";

/** What tells one deploy from another, read from where it can be found. */
export interface DeploySources {
	/** Reads an environment variable; empty counts as unset. */
	readonly env: (name: string) => string | undefined;
	/** Where the application runs; package.json and .git are looked for here and upwards. */
	readonly directory: string;
	readonly readText?: (path: string) => string | undefined;
}

/** Commit variables of CI systems and hosts, most specific first. */
const REVISION_VARIABLES = [
	"VCS_REF_HEAD_REVISION",
	"GIT_COMMIT",
	"GIT_COMMIT_SHA",
	"COMMIT_SHA",
	"GITHUB_SHA",
	"CI_COMMIT_SHA",
	"BITBUCKET_COMMIT",
	"CIRCLE_SHA1",
	"BUILD_SOURCEVERSION",
	"BUILDKITE_COMMIT",
	"TRAVIS_COMMIT",
	"DRONE_COMMIT_SHA",
	"VERCEL_GIT_COMMIT_SHA",
	"RAILWAY_GIT_COMMIT_SHA",
	"RENDER_GIT_COMMIT",
	"HEROKU_SLUG_COMMIT",
	"SOURCE_VERSION",
] as const;

const VERSION_VARIABLES = ["SERVICE_VERSION", "APP_VERSION"] as const;
const ENVIRONMENT_VARIABLES = ["DEPLOYMENT_ENVIRONMENT", "APP_ENV", "NODE_ENV"] as const;

/**
 * Resource attributes of the deploy: `service.name`, `service.version`, `vcs.ref.head.revision` and
 * `deployment.environment.name`, each only where it was found. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` are not
 * read here: the SDK does, and they win.
 *
 * @example detectDeploy({ env: (name) => process.env[name], directory: process.cwd() });
 */
export function detectDeploy({ env, directory, readText = readFile }: DeploySources): Attributes {
	const manifest = nearestManifest(directory, readText);
	const found: Readonly<Record<string, string | undefined>> = {
		"service.name": manifest.name,
		"service.version": firstSet(env, VERSION_VARIABLES) ?? manifest.version,
		"vcs.ref.head.revision": firstSet(env, REVISION_VARIABLES) ?? gitRevision(directory, readText),
		"deployment.environment.name": firstSet(env, ENVIRONMENT_VARIABLES),
	};
	return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as Attributes;
}

function firstSet(env: DeploySources["env"], names: readonly string[]): string | undefined {
	for (const name of names) {
		const value = env(name)?.trim();
		if (value !== undefined && value !== "") return value;
	}
	return undefined;
}

type Reader = (path: string) => string | undefined;

function nearestManifest(directory: string, readText: Reader): { name?: string; version?: string } {
	for (const folder of upwards(directory)) {
		const text = readText(join(folder, "package.json"));
		if (text === undefined) continue;
		const manifest = quietly("reading package.json", () => JSON.parse(text) as Record<string, unknown>);
		const name = manifest?.["name"];
		const version = manifest?.["version"];
		return {
			...(typeof name === "string" && name !== "" ? { name } : {}),
			...(typeof version === "string" && version !== "" ? { version } : {}),
		};
	}
	return {};
}

/** Read from the files, because a container may have `.git` and no `git`. */
function gitRevision(directory: string, readText: Reader): string | undefined {
	for (const folder of upwards(directory)) {
		const head = readText(join(folder, ".git", "HEAD"));
		if (head !== undefined) return readHead(head, join(folder, ".git"), readText);
		// In a worktree or a submodule `.git` is a file that points elsewhere.
		const pointer = /^gitdir: (.+)$/m.exec(readText(join(folder, ".git")) ?? "")?.[1];
		if (pointer !== undefined) {
			const gitDir = resolve(folder, pointer.trim());
			return readHead(readText(join(gitDir, "HEAD")), gitDir, readText);
		}
	}
	return undefined;
}

function readHead(head: string | undefined, gitDir: string, readText: Reader): string | undefined {
	const ref = /^ref: (.+)$/m.exec(head ?? "")?.[1]?.trim();
	if (ref === undefined) return commit(head);
	const common = resolve(gitDir, readText(join(gitDir, "commondir"))?.trim() ?? ".");
	for (const folder of [gitDir, common]) {
		const loose = commit(readText(join(folder, ref)));
		if (loose !== undefined) return loose;
	}
	const packed = readText(join(common, "packed-refs"))?.split("\n") ?? [];
	return commit(packed.find((line) => line.endsWith(` ${ref}`))?.split(" ")[0]);
}

function commit(text: string | undefined): string | undefined {
	const trimmed = text?.trim();
	return trimmed !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(trimmed) ? trimmed : undefined;
}

function upwards(directory: string): string[] {
	const folders = [resolve(directory)];
	for (let folder = resolve(directory); dirname(folder) !== folder; ) {
		folder = dirname(folder);
		folders.push(folder);
	}
	return folders;
}

function readFile(path: string): string | undefined {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return undefined;
	}
}
