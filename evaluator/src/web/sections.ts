import { compareRoutes } from "./compare/compare-routes.ts";
import { driftRoutes } from "./drift/drift-routes.ts";
import { evalRoutes } from "./evals/eval-routes.ts";
import { gateRoutes } from "./gates/gate-routes.ts";
import { overviewRoutes } from "./overview/overview-routes.ts";
import type { Section } from "./page-options.ts";
import { ratingRoutes } from "./rating/rating-routes.ts";
import { runRoutes } from "./runs/run-routes.ts";

/** The parts of the page, in the order of the navigation. A new part is a line here. */
export const SECTIONS: readonly Section[] = [
	{ path: "/", title: "Overview", routes: overviewRoutes },
	{ path: "/runs", title: "Runs", routes: runRoutes },
	{ path: "/compare", title: "Compare", routes: compareRoutes },
	{ path: "/drift", title: "Drift", routes: driftRoutes },
	{ path: "/evals", title: "Evals", routes: evalRoutes },
	{ path: "/gates", title: "Gates", routes: gateRoutes },
	{ path: "/rate", title: "Rate", routes: ratingRoutes },
];
