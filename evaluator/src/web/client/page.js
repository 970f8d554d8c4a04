// Everything works without this module; it adds the keyboard, and forms that send themselves.

/** Rows that j and k walk through: whatever the page marks, else the rows of its tables that hold a link. */
const rows = () =>
	[...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility?.() ?? true);

let chosen = -1;

function choose(step) {
	const all = rows();
	if (all.length === 0) return;
	all[chosen]?.classList.remove("chosen");
	chosen = Math.min(all.length - 1, Math.max(0, chosen + step));
	const row = all[chosen];
	row.classList.add("chosen");
	(row.matches("a, summary") ? row : row.querySelector("a, summary"))?.focus({ preventScroll: true });
	row.scrollIntoView({ block: "nearest" });
}

/** Of the part of the page whose name begins with this letter; several take turns. */
function goTo(letter) {
	const links = [...document.querySelectorAll(".top nav a")].filter((link) =>
		link.textContent.trim().toLowerCase().startsWith(letter),
	);
	const at = links.findIndex((link) => link.hasAttribute("aria-current"));
	const link = links[(at + 1) % links.length];
	if (link !== undefined) location.assign(link.href);
}

const keys = {
	j: () => choose(1),
	k: () => choose(-1),
	"/": () => document.querySelector("input[type=search]")?.focus(),
	"?": () => document.getElementById("keys")?.showModal(),
};

/** A link into the page may lead into something folded. */
function unfold() {
	const target =
		location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
	if (target === null) return;
	for (let at = target.closest("details"); at !== null; at = at.parentElement?.closest("details") ?? null)
		at.open = true;
	target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

let going = false;

document.addEventListener("keydown", (event) => {
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
	const typing = event.target.closest?.("input, textarea, select, dialog") ?? null;
	if (typing !== null) {
		if (event.key === "Escape") event.target.blur?.();
		return;
	}
	if (going) {
		going = false;
		goTo(event.key.toLowerCase());
		event.preventDefault();
		return;
	}
	if (event.key === "g") {
		going = true;
		setTimeout(() => {
			going = false;
		}, 1500);
		return;
	}
	const act = keys[event.key];
	if (act === undefined) return;
	event.preventDefault();
	act();
});

for (const button of document.querySelectorAll("button[data-opens]")) {
	button.hidden = false;
	button.addEventListener("click", () => document.getElementById(button.dataset.opens)?.showModal());
}

for (const form of document.querySelectorAll("form[data-sends-itself]")) {
	form.addEventListener("change", (event) => {
		if (event.target.matches("select")) form.requestSubmit();
	});
}

/** Fields that narrow down a table that is there already, as one types. */
for (const input of document.querySelectorAll("input[data-filters]")) {
	const table = document.getElementById(input.dataset.filters);
	input.addEventListener("input", () => {
		const wanted = input.value.trim().toLowerCase();
		for (const row of table?.tBodies[0]?.rows ?? [])
			row.hidden = !row.textContent.toLowerCase().includes(wanted);
	});
}

/** Says how many runs have arrived since the page was made; the page itself stays as it is until one asks for them. */
const ASK_AGAIN_MS = 10_000;
for (const note of document.querySelectorAll("[data-arrived]")) {
	const ask = async () => {
		if (document.visibilityState !== "visible") return;
		const answer = await fetch(note.dataset.arrived).catch(() => null);
		if (!answer?.ok) return;
		const { runs } = await answer.json();
		note.hidden = runs === 0;
		note.firstElementChild.textContent = `${runs} new ${runs === 1 ? "run" : "runs"}`;
	};
	setInterval(ask, ASK_AGAIN_MS);
	document.addEventListener("visibilitychange", ask);
}
