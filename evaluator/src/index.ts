/**
 * What other workspaces and programs may use of the evaluator.
 *
 * @module
 */
export {
	type ChatModel,
	defineConfig,
	type FaultlineConfig,
	type Grade,
	type GradedCase,
	type HttpAnswer,
	type HttpTarget,
	type PipelineConfig,
	type RunContext,
} from "./config.ts";
export { type Comparison, compareRuns } from "./core/compare-runs.ts";
export { type Judgement, judgeRuns } from "./core/judge-runs.ts";
export type { Reading, Scorer, StepView } from "./core/score.ts";
export type { Run, Step } from "./core/trace.ts";
export { builtInScorers } from "./scorers/built-in.ts";
export type {
	JudgeConfig,
	RubricConfig,
	ScoredCase,
	ScoreFunction,
	UserScorerConfig,
} from "./scoring-config.ts";
export { readRuns } from "./store/read-runs.ts";
