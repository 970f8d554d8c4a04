import type { GateVerdict } from "../../core/gate-decision.ts";
import { type Html, html } from "../html.ts";

const TONES: Readonly<Record<GateVerdict, string>> = { pass: "good", fail: "bad", inconclusive: "warn" };

/** What the gate said, as a word in its colour. */
export const gateTag = (verdict: GateVerdict): Html =>
	html`<span class="tag ${TONES[verdict]}">${verdict}</span>`;
