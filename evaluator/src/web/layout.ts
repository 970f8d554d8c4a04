import { Html, html } from "./html.ts";

const STYLE = `
:root { color-scheme: light dark; --line: #d0d4da; --soft: #f3f5f7; --bad: #b3261e; --warn: #7a5900; --good: #1b6e3c; --ink: #1d2126; --paper: #fff; --link: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4048; --soft: #22262b; --bad: #ff8a80; --warn: #ffca5f; --good: #7fd6a0; --ink: #e6e9ed; --paper: #16191d; --link: #9cc1ff; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header, main { max-width: 72rem; margin: 0 auto; padding: 0.75rem 1.25rem; }
header { display: flex; gap: 1.5rem; align-items: baseline; border-bottom: 1px solid var(--line); }
header strong { font-size: 1.1rem; }
a { color: var(--link); }
h1 { font-size: 1.4rem; margin: 1rem 0 0.5rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 0.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bad { color: var(--bad); font-weight: 600; } .warn { color: var(--warn); } .good { color: var(--good); }
.flow { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: stretch; } .flow > div { border: 1px solid var(--line); border-radius: 6px; padding: 0.4rem 0.6rem; background: var(--soft); }
.flow > div.hot { border-color: var(--bad); border-width: 2px; } .flow > span { align-self: center; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem; max-height: 22rem; overflow: auto; margin: 0.3rem 0; }
details > summary { cursor: pointer; } .muted { opacity: 0.75; } code { font-size: 0.92em; overflow-wrap: anywhere; }
`;

/** A whole page. */
export function layout(title: string, body: Html): string {
	return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title} · Faultline</title><style>${new Html(STYLE)}</style></head>
<body><header><strong><a href="/">Faultline</a></strong><nav><a href="/">Pipelines</a> · <a href="/runs?outcome=fail">Failed runs</a> · <a href="/runs">All runs</a></nav></header>
<main>${body}</main></body></html>`.text;
}
