"use strict";
// Servers on the loopback interface that speak as much of a protocol as one call needs.
const { createServer } = require("node:net");
const http = require("node:http");

const listen = (server) =>
	new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

/** Answers every query of PostgreSQL's protocol with one row of one text. */
exports.startPostgres = async (text) => {
	const message = (type, ...parts) => {
		const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
		const head = Buffer.alloc(5);
		head.write(type);
		head.writeInt32BE(body.length + 4, 1);
		return Buffer.concat([head, body]);
	};
	const numbers = (...list) =>
		Buffer.concat(
			list.map(([value, bytes]) => {
				const buffer = Buffer.alloc(bytes);
				buffer.writeIntBE(value, 0, bytes);
				return buffer;
			}),
		);
	const ready = message("Z", "I");
	const row = Buffer.concat([
		message("T", numbers([1, 2]), "text\0", numbers([0, 4], [0, 2], [25, 4], [-1, 2], [-1, 4], [0, 2])),
		message("D", numbers([1, 2], [text.length, 4]), text),
		message("C", "SELECT 1\0"),
	]);
	const server = createServer((socket) => {
		let started = false;
		socket.on("data", (data) => {
			if (!started) socket.write(Buffer.concat([message("R", numbers([0, 4])), ready]));
			else if (data[0] === 0x51) socket.write(Buffer.concat([row, ready]));
			else if (data[0] === 0x58) socket.end();
			started = true;
		});
	});
	return { port: await listen(server), close: () => server.close() };
};

/** Answers GET with a text, INFO with a version and everything else with OK, as Redis does. */
exports.startRedis = async (text) => {
	const server = createServer((socket) => {
		socket.on("data", (data) => {
			for (const [, name] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
				const bulk = { GET: text, INFO: "redis_version:7.4.0" }[name.toUpperCase()];
				socket.write(bulk === undefined ? "+OK\r\n" : `$${bulk.length}\r\n${bulk}\r\n`);
			}
		});
		socket.on("error", () => undefined);
	});
	return { port: await listen(server), close: () => server.close() };
};

/** Answers by path. */
exports.startHttp = async (answers) => {
	const server = http.createServer((request, response) => {
		let body = "";
		request.on("data", (chunk) => (body += chunk));
		request.on("end", () => {
			const path = request.url.split("?")[0];
			const found = Object.keys(answers).find((end) => path.endsWith(end));
			response.statusCode = found === undefined ? 404 : 200;
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify(answers[found] ?? { error: `${request.method} ${path} ${body}` }));
		});
	});
	const port = await listen(server);
	return {
		url: `http://127.0.0.1:${port}`,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
};
