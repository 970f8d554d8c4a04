import assert from "node:assert/strict";
import { it } from "node:test";
import { provisioningFiles } from "@faultline/dashboards";
import { runCli } from "./run-cli.ts";

/** Every command that an alert's runbook or a dashboard tells somebody to run. */
const commands = new Map<string, Set<string>>();
for (const text of provisioningFiles().values()) {
	for (const [, name = "", rest = ""] of text.matchAll(/npx faultline (\w+)((?:(?!npx|\\n|\n|`|”|, ).)*)/g)) {
		const options = commands.get(name) ?? new Set();
		for (const [, option = ""] of rest.matchAll(/--([\w-]+)/g)) options.add(option);
		commands.set(name, options);
	}
}

it("finds the commands in the files", () => {
	for (const name of ["locate", "since", "compare", "evaluate", "doctor", "gate", "fixtures", "eval"])
		assert.ok(commands.has(name), name);
});

for (const [name, options] of commands) {
	it(`faultline ${name} is a command, and has ${[...options].map((option) => `--${option}`).join(", ") || "no option to be told of"}`, async () => {
		let help = "";
		const code = await runCli([name, "--help"], {
			out: (text) => {
				help += text;
			},
			err: (text) => assert.fail(text),
			env: {},
			cwd: ".",
			signal: new AbortController().signal,
			colours: false,
			now: Date.now,
		});
		assert.equal(code, 0);
		for (const option of options) assert.match(help, new RegExp(`--${option}\\b`));
	});
}
