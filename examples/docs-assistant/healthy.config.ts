/**
 * The release that works, for `faultline bisect --good-config`.
 *
 * @module
 */
import type { FaultlineConfig } from "@faultline/evaluator";
import { configureEvaluation, releaseOf } from "./src/evaluation.ts";

const release = { ...releaseOf(process.env), deploy: "A", fault: "none" } as const;
export const config: FaultlineConfig = await configureEvaluation(release, process.env);
