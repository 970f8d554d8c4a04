/**
 * The release that the environment names: `DEPLOY=B FAULT=stale-index faultline eval system --config examples/docs-assistant/faultline.config.ts`.
 *
 * @module
 */
import type { FaultlineConfig } from "@faultline/evaluator";
import { configureEvaluation, releaseOf } from "./src/evaluation.ts";

const config: FaultlineConfig = await configureEvaluation(releaseOf(process.env), process.env);

export default config;
