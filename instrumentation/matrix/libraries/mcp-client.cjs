"use strict";
const { trace } = require("@opentelemetry/api");

/** A request to a server that prints what it is sent: the instrumentation sends the trace along. */
exports.startMcp = async (StdioClientTransport) => {
	const echo =
		"process.stdin.once('data', (line) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: 1, result: JSON.parse(line).params }) + '\\n'))";
	const transport = new StdioClientTransport({ command: process.execPath, args: ["-e", echo] });
	const answered = new Promise((done) => {
		transport.onmessage = done;
	});
	await transport.start();
	await trace.getTracer("app").startActiveSpan("mcp call", async (span) => {
		await transport.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "weather" } });
		const { result } = await answered;
		span.setAttribute("sent_along", result._meta?.traceparent?.split("-")[1] === span.spanContext().traceId);
		span.end();
	});
	await transport.close();
	console.log("done");
};
