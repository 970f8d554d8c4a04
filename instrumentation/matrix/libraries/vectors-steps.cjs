"use strict";
const { startHttp } = require("./servers.cjs");

/** A query against servers that answer as Pinecone and Chroma do. */
exports.search = async ({ Pinecone, ChromaClient }) => {
	const page = { text: "It closes at nine." };
	const server = await startHttp({
		"/collections/handbook": { id: "c1", name: "handbook", metadata: null },
		"/collections/c1/query": {
			ids: [["page-1"]],
			distances: [[0.1]],
			documents: [[page.text]],
			metadatas: [[{ title: "hours" }]],
			embeddings: null,
		},
		"/query": {
			matches: [{ id: "page-7", score: 0.9, values: [], metadata: page }],
			namespace: "",
			usage: { readUnits: 1 },
		},
		"/api/v1": {},
		"/api/v1/version": "0.6.0",
		"/default_tenant": { name: "default_tenant" },
		"/default_database": { name: "default_database" },
	});
	const index = new Pinecone({ apiKey: "test" }).index({ name: "handbook", host: server.url });
	const found = await index.query({ vector: [0.1, 0.2], topK: 3, includeMetadata: true });
	const embeddingFunction = { generate: async (texts) => texts.map(() => [0.1, 0.2]) };
	const chroma = new ChromaClient({ path: server.url });
	const collection = await chroma.getCollection({ name: "handbook", embeddingFunction });
	const near = await collection.query({ queryEmbeddings: [[0.1, 0.2]], nResults: 3 });
	console.log(`${found.matches[0].metadata.text} ${near.documents[0][0]}`);
	server.close();
};
