import { assetUrl } from "./assets.ts";
import { type Html, html } from "./html.ts";
import type { Section } from "./page-options.ts";

/** What the keyboard does; the browser's module acts on the same keys. */
const KEYS = [
	["/", "search"],
	["j k", "next and previous row"],
	["Enter", "open the row"],
	["g o, g r, …", "go to a part of the page, by its first letter"],
	["?", "this list"],
] as const;

/** A whole page: the content below the navigation, in which the part that `path` belongs to is marked. */
export function layout(title: string, path: string, sections: readonly Section[], content: Html): Html {
	return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Faultline</title>
<link rel="icon" href="${assetUrl("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assetUrl("style.css")}">
<script type="module" src="${assetUrl("page.js")}"></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="top">
<a class="brand" href="/"><svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true"><path d="M2 14h6l3-5" /><path class="broken" d="M13 15l3-5h6" /></svg>Faultline</a>
<nav aria-label="Parts of the page">${sections.map((section) => html`<a href="${section.path}"${isCurrent(section, path) ? html` aria-current="page"` : ""}>${section.title}</a>`)}</nav>
<button type="button" class="quiet keys" data-opens="keys" hidden>Keys <kbd>?</kbd></button>
</header>
<main id="content" tabindex="-1">${content}</main>
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2><dl>${KEYS.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}</dl><form method="dialog"><button>Close</button></form></dialog>
</body>
</html>`;
}

const isCurrent = (section: Section, path: string): boolean =>
	section.path === "/" ? path === "/" : path === section.path || path.startsWith(`${section.path}/`);
