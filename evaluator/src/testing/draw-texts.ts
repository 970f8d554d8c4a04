import { drawIndex, type Random } from "../core/random.ts";

/** What is asked about, each with words of its own. */
const TOPICS: readonly (readonly string[])[] = [
	"refund money order card charged return twice invoice amount payment",
	"delivery parcel late courier address tracking shipped week arrive missing",
	"password login account email reset locked code phone device access",
	"warranty repair broken screen battery replace year service defect part",
	"subscription cancel plan monthly upgrade trial renew price period discount",
].map((words) => words.split(" "));

const NEW_TOPIC = "voucher gift birthday coupon redeem expired balance shop friend present".split(" ");
const COMMON =
	"how do i my the a is it can you please what when for to with not still was and have get why does this".split(
		" ",
	);
const GERMAN_COMMON =
	"wie kann ich mein die das ist es nicht noch bitte was wann für zu mit und habe bekomme warum wird diese".split(
		" ",
	);
const GERMAN =
	"bestellung geld rückgabe rechnung lieferung paket passwort konto garantie reparatur gerät abo kündigen preis gutschein".split(
		" ",
	);
const FILLER =
	"you find this in the menu under settings then choose the entry and follow what it says our team will help you if anything is unclear".split(
		" ",
	);

/** A change that is planted in part of the texts. */
export type PlantedDrift = "new-topic" | "language" | "longer";

const draw = (words: readonly string[], random: Random): string =>
	words[drawIndex(words.length, random)] ?? "";

/** A question to a help desk, about one of five topics; or with a change. */
export function drawQuestion(random: Random, drift: PlantedDrift | null = null): string {
	const topic =
		drift === "new-topic" ? NEW_TOPIC : drift === "language" ? GERMAN : (TOPICS[drawTopic(random)] ?? []);
	const common = drift === "language" ? GERMAN_COMMON : COMMON;
	const words = 6 + drawIndex(9, random) + (drift === "longer" ? 6 : 0);
	return Array.from({ length: words }, () =>
		random() < 0.45 ? draw(topic, random) : draw(common, random),
	).join(" ");
}

/** Topics are not equally frequent. */
const drawTopic = (random: Random): number =>
	Math.min(TOPICS.length - 1, Math.floor(random() ** 1.6 * TOPICS.length));

/** An answer, whose length varies by itself; a longer one has half as many words again. */
export function drawAnswer(random: Random, drift: PlantedDrift | null = null): string {
	const words = Math.round(20 * 2 ** (random() + random() - 1) * (drift === "longer" ? 1.5 : 1));
	return Array.from({ length: words }, () =>
		random() < 0.2 ? draw(TOPICS[drawTopic(random)] ?? [], random) : draw(FILLER, random),
	).join(" ");
}
