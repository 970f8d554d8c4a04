"use strict";

/** A question to an index over one page; model and vectors are of the test. */
exports.ask = async ({ BaseEmbedding, Document, OpenAI, Settings, VectorStoreIndex }) => {
	class Vectors extends BaseEmbedding {
		async getTextEmbedding() {
			return [0.1, 0.2];
		}
	}
	Settings.embedModel = new Vectors();
	Settings.llm = new OpenAI({ model: "gpt-4o", apiKey: "test", baseURL: process.env.MODEL_URL });
	const index = await VectorStoreIndex.fromDocuments([
		new Document({ text: "It closes at nine.", id_: "page-1" }),
	]);
	const { message } = await index.asQueryEngine().query({ query: "when does it close" });
	console.log(message.content === "" ? "nothing" : "done");
};
