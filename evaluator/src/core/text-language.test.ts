import assert from "node:assert/strict";
import { test } from "node:test";
import { textLanguage } from "./text-language.ts";

for (const [language, text] of [
	["en", "How can I return the goods that I bought?"],
	["de", "Wie kann ich die Ware zurückgeben, die ich gekauft habe?"],
	["fr", "Comment puis-je rendre les articles que j'ai achetés ?"],
	["es", "Retenemos una tasa de devolución de 4,50 euros y los artículos se reembolsan por completo."],
	["es", "Puede pagar con tarjeta, por transferencia o con factura. La factura vence a los 21 días."],
	["it", "Come posso restituire la merce che ho comprato?"],
	["pt", "Como posso devolver os artigos que não quero?"],
	["nl", "Hoe kan ik het artikel dat ik niet wil terugsturen?"],
	["pl", "Jak mogę zwrócić towar, który nie jest mój?"],
	["ja", "返品はどうすればいいですか"],
	["zh", "如何退货"],
	["ko", "반품은 어떻게 하나요"],
	["Cyrillic script", "Как мне вернуть товар?"],
	["Arabic script", "كيف يمكنني إرجاع البضاعة"],
	[null, "SO-000123 torch.hub.load"],
	[null, ""],
] as const) {
	test(`the language of “${text}” is ${language}`, () => assert.equal(textLanguage(text), language));
}
