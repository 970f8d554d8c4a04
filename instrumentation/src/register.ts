/**
 * Starts telemetry as a side effect: `node --import @faultline/instrumentation/register app.js`, for ECMAScript modules
 * and CommonJS, before the application's first line runs.
 *
 * @module
 */
import { register } from "./start-telemetry.ts";

register();
