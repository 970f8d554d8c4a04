"use strict";
const { createServer } = require("node:http");

/** A search against a server that answers as Qdrant does. */
exports.search = (QdrantClient) =>
	new Promise((done) => {
		const server = createServer((request, response) => {
			request.resume();
			const result = [
				{ id: 7, version: 1, score: 0.9, payload: { text: "It closes at nine." }, vector: null },
			];
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify({ result, status: "ok", time: 0.001 }));
		}).listen(0, "127.0.0.1", async () => {
			const url = `http://127.0.0.1:${server.address().port}`;
			const client = new QdrantClient({ url, checkCompatibility: false });
			const found = await client.search("handbook", { vector: [0.1, 0.2], limit: 3 });
			console.log(found[0].payload.text);
			server.closeAllConnections();
			server.close(done);
		});
	});
