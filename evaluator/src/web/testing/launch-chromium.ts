import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const USUAL_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const ARGUMENTS = [
	"--headless",
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/** The system's Chromium, or the one that FAULTLINE_CHROMIUM names; null where there is none. */
export const findChromium = (): string | null =>
	process.env["FAULTLINE_CHROMIUM"] ?? USUAL_PLACES.find((path) => existsSync(path)) ?? null;

/**
 * Why browser tests are left out here, in words; false where they run. Only FAULTLINE_BROWSER=if-installed lets a machine without Chromium
 * do without them.
 */
export function whyNoBrowser(): string | false {
	if (findChromium() !== null) return false;
	if (process.env["FAULTLINE_BROWSER"] === "if-installed")
		return "no Chromium is installed here (.ci/install-browser installs it)";
	throw new Error(
		`no Chromium at ${USUAL_PLACES.join(", ")}; run .ci/install-browser, or name one in FAULTLINE_CHROMIUM`,
	);
}

/** A browser with a profile of its own, which goes with it. */
export async function launchChromium(): Promise<Browser> {
	const executablePath = findChromium();
	if (executablePath === null) throw new Error("no Chromium is installed");
	return await chromium.launch({ executablePath, args: ARGUMENTS });
}
