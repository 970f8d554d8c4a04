// The form works without this module. It adds the keyboard, and keeps what was written in this browser until the server has said that it is stored:
// through a server that is away, a page that is closed, a computer that is started again.

const form = document.querySelector("form[data-rate]");
const { rater, trace_id: trace } = Object.fromEntries(new FormData(form));
const status = form.querySelector("[data-status]");
const DRAFT = `faultline-draft/${rater}/${trace}`;
const OUTBOX = "faultline-outbox";
const LAST = "faultline-last-rated";

const say = (text, kind = "") => {
	status.textContent = text;
	status.className = `small ${kind}`;
};

/** A browser may keep nothing (private windows): then the page does without. */
const stored = {
	read(key, otherwise) {
		try {
			return JSON.parse(localStorage.getItem(key) ?? "null") ?? otherwise;
		} catch {
			return otherwise;
		}
	},
	write(key, value) {
		try {
			if (value === null) localStorage.removeItem(key);
			else localStorage.setItem(key, JSON.stringify(value));
			return true;
		} catch {
			return false;
		}
	},
};

const written = () => {
	const { rating = "", blame, scale = "", comment = "" } = Object.fromEntries(new FormData(form));
	return { rating, blame, scale, comment };
};

function restore() {
	const draft = stored.read(DRAFT, null);
	if (draft === null) return;
	for (const name of ["rating", "blame", "scale"]) {
		for (const input of form.elements[name] ?? []) input.checked = input.value === draft[name];
	}
	form.elements.comment.value = draft.comment;
	say("Your unsaved rating of this run is back.");
}

const choose = (name, value) => {
	for (const input of form.elements[name]) {
		if (input.value !== value) continue;
		input.checked = true;
		input.focus({ preventScroll: true });
		form.dispatchEvent(new Event("input", { bubbles: true }));
	}
};

/** Naming what went wrong means that something did. */
const blame = (value) => {
	if (value === undefined) return;
	choose("rating", "fail");
	choose("blame", value);
};

const stepNames = [...form.elements.blame]
	.map((input) => input.value)
	.filter((value) => value !== "" && value !== "input");

const keys = {
	p: () => choose("rating", "pass"),
	f: () => choose("rating", "fail"),
	u: () => choose("rating", "unsure"),
	n: () => blame(""),
	0: () => blame("input"),
	s: () => choose("scale", String(1 + (Number(form.elements.scale.value || 0) % 5))),
	c: () => form.elements.comment.focus(),
	o: () => {
		const steps = [...document.querySelectorAll("details.step")];
		const open = !steps.every((step) => step.open);
		for (const step of steps) step.open = open;
	},
	b: () => {
		const link = form.querySelector("[data-last]");
		if (!link.closest("[hidden]")) location.assign(link.href);
	},
	" ": () => form.requestSubmit(),
};
for (let digit = 1; digit <= 9; digit++) keys[digit] = () => blame(stepNames[digit - 1]);

document.addEventListener("keydown", (event) => {
	if (event.defaultPrevented || event.metaKey || event.altKey || event.repeat) return;
	if (event.key === "Enter" && event.ctrlKey) {
		event.preventDefault();
		form.requestSubmit();
		return;
	}
	if (event.ctrlKey) return;
	const { target } = event;
	if (target.closest?.("textarea, select, dialog, input:not([type=radio])")) return;
	// Space and Enter on what can be pressed mean that.
	if (event.key === " " && target.closest?.("summary, button, a")) return;
	const act = keys[event.key];
	if (act === undefined) return;
	event.preventDefault();
	act();
});

form.addEventListener("input", () => stored.write(DRAFT, written()));

const waiting = new Set();

/** Sends what is in the outbox, oldest first, until the server has all of it. One at a time, also over several windows. */
async function deliver() {
	for (let pause = 250; ; pause = Math.min(5000, pause * 2)) {
		const [entry] = stored.read(OUTBOX, [...waiting]);
		if (entry === undefined) return true;
		try {
			const answer = await fetch("/rate/ratings", {
				method: "POST",
				headers: { accept: "application/json" },
				body: new URLSearchParams(entry),
				signal: AbortSignal.timeout(15_000),
			});
			if (answer.ok) {
				done(entry);
				pause = 125;
				continue;
			}
			if (answer.status >= 400 && answer.status < 500 && ![401, 408, 421, 429].includes(answer.status)) {
				done(entry, { keepDraft: true });
				say(`The server refused this rating (${answer.status}); what you wrote is kept here.`, "bad");
				return false;
			}
			say(`Not saved yet: the server says ${answer.status}. Kept in this browser; trying again.`, "warn");
		} catch {
			say("Not saved yet: the server is away. Kept in this browser; trying again.", "warn");
		}
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

function done(entry, { keepDraft = false } = {}) {
	waiting.clear();
	const same = (other) => other.trace_id === entry.trace_id && other.rater === entry.rater;
	stored.write(
		OUTBOX,
		stored.read(OUTBOX, []).filter((other) => !same(other)),
	);
	if (keepDraft) return;
	stored.write(DRAFT.replace(trace, entry.trace_id).replace(`/${rater}/`, `/${entry.rater}/`), null);
	stored.write(LAST, { rater: entry.rater, trace_id: entry.trace_id });
}

form.addEventListener("submit", async (event) => {
	event.preventDefault();
	const { rating, scale, blame: step = "", comment } = written();
	if (rating === "" && (scale === "" || scale === "3")) {
		say("Choose pass, fail or that you cannot tell.", "warn");
		return;
	}
	const entry = { trace_id: trace, rater, rating, scale, blame: step, comment };
	const others = stored.read(OUTBOX, []).filter((other) => other.trace_id !== trace || other.rater !== rater);
	if (!stored.write(OUTBOX, [...others, entry])) waiting.add(entry);
	say("Saving …");
	for (const button of form.querySelectorAll("button")) button.disabled = true;
	const all = await deliver();
	for (const button of form.querySelectorAll("button")) button.disabled = false;
	if (all) location.assign(form.elements.back.value);
});

restore();
const last = stored.read(LAST, null);
if (last !== null && last.rater === rater && last.trace_id !== trace) {
	const link = form.querySelector("[data-last]");
	link.href = `/rate/runs/${last.trace_id}`;
	link.closest("[data-before]").hidden = false;
}
const SIGN_EVERY_MS = 120_000;
setInterval(() => {
	if (document.visibilityState !== "visible") return;
	fetch("/rate/leases", { method: "POST", body: new URLSearchParams({ trace_id: trace, rater }) }).catch(
		() => {},
	);
}, SIGN_EVERY_MS);

// What another page left behind, when it was closed before the server answered.
const left = stored.read(OUTBOX, []);
if (left.length > 0 && (await deliver())) {
	const own = left.some((entry) => entry.trace_id === trace && entry.rater === rater);
	if (own) location.assign(form.elements.back.value);
	else say("A rating from before is saved now.");
}
