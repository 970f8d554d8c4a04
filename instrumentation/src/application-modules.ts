import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Looks from where the application is, not from where this package is. `undefined` where it is not installed. */
export interface Application {
	load(packageName: string): unknown;
	resolve(module: string): string | undefined;
}

/**
 * The modules that an application in these folders would get.
 *
 * @example applicationIn(applicationDirectories()).load("gpt-tokenizer");
 */
export function applicationIn(directories: readonly string[]): Application {
	const requires = directories.map((directory) => createRequire(join(resolve(directory), "application.js")));
	const find = (module: string): { path: string; require: NodeJS.Require } | undefined => {
		for (const require of requires) {
			try {
				return { path: require.resolve(module), require };
			} catch {
				// Not here; perhaps from the next folder.
			}
		}
		return undefined;
	};
	return {
		load: (packageName) => {
			const found = find(packageName);
			return found?.require(found.path);
		},
		resolve: (module) => find(module)?.path,
	};
}

/** The folders in which the application's packages are looked for. */
export function applicationDirectories(): string[] {
	const script = process.argv[1];
	return [...(script === undefined ? [] : [dirname(script)]), process.cwd()];
}
