/** A pipeline that takes its time and notes every run, for a test that kills the evaluation in the middle. */
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { defineConfig, type FaultlineConfig } from "@faultline/evaluator";
import { pipeline, step } from "@faultline/instrumentation";

const shout = step.render("shout", (text: string) => text.toUpperCase());
const answer = pipeline("answer", async (input: { readonly text: string }) => {
	await sleep(120);
	return shout(input.text);
});

export const config: FaultlineConfig = defineConfig({
	pipelines: {
		answer: {
			run: async (input: { readonly text: string }, { fixtureId, trial }) => {
				console.log("an application that prints");
				const output = await answer(input);
				appendFileSync("ran.log", `${fixtureId} ${trial}\n`);
				return output;
			},
			grade: ({ output }) => (output === String(output).toUpperCase() ? "pass" : "fail"),
		},
	},
});
