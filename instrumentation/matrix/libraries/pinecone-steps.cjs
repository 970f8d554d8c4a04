"use strict";
const { startHttp } = require("./servers.cjs");

/** A query to a server that answers as Pinecone does. */
exports.search = async (Pinecone) => {
	const page = { text: "It closes at nine." };
	const matches = [{ id: "page-7", score: 0.9, values: [], metadata: page }];
	const server = await startHttp({ "/query": { matches, namespace: "", usage: { readUnits: 1 } } });
	const index = new Pinecone({ apiKey: "test" }).index({ name: "handbook", host: server.url });
	const found = await index.query({ vector: [0.1, 0.2], topK: 3, includeMetadata: true });
	console.log(found.matches[0].metadata.text);
	server.close();
};
