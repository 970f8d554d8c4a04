import { pick, type Random } from "./chance.ts";

/** Draws until the name is one that was not drawn before. */
export function unused(taken: Set<string>, draw: () => string): string {
	for (let tries = 0; tries < 10_000; tries++) {
		const name = draw();
		if (taken.has(name.toLowerCase())) continue;
		taken.add(name.toLowerCase());
		return name;
	}
	throw new Error("no unused name left after 10000 draws; give the draw more to choose from");
}

const FIRST_NAMES = (
	"Ada Anselm Beatriz Bruno Carla Cem Dagmar Elif Emil Fiona Georg Hana Ines Ivo Jana Jonas Kamil Lena Lucia Malte Mira Nadia " +
	"Nils Olga Oskar Paula Pavel Quirin Rosa Ruben Selma Stefan Tamara Theo Ursula Viktor Wanda Yusuf Zofia Zeno"
).split(" ");
const LAST_NAMES = (
	"Abendroth Albers Bauer Bianchi Brandt Cakir Claasen Dietz Dvorak Ebner Engel Farkas Fontana Gerber Haas Hartung Ivanov Jansen " +
	"Kaminski Keller Kovac Lang Lindner Marek Meyer Novak Olsen Pfeiffer Quandt Reuter Richter Sailer Schuster Tanaka Toth Ulrich " +
	"Vogel Weiss Winter Yilmaz Zander Zeller"
).split(" ");

export const personName = (random: Random): string =>
	`${pick(FIRST_NAMES, random)} ${pick(LAST_NAMES, random)}`;

/** A text as part of a URL or an id. */
export const slug = (text: string): string =>
	text
		.toLowerCase()
		.replace(/ä/g, "ae")
		.replace(/ö/g, "oe")
		.replace(/ü/g, "ue")
		.replace(/ß/g, "ss")
		.replace(/[^a-z0-9]+/g, "-")
		.replace(/^-|-$/g, "");
