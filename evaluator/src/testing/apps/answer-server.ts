/** A deployed application that answers over HTTP and sends its spans to a collector, as a program of its own. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { continueTrace, pipeline, step } from "@faultline/instrumentation";

const search = step.retrieval("search", (text: string) => [
	{ id: "d1", content: `what is known of ${text}` },
]);
const show = step.render("show", (text: string) => `<p>${text}</p>`);
const answer = pipeline("answer", async (input: { readonly text: string }) => {
	if (input.text === "bad") throw new Error("cannot answer that");
	return show(search(input.text)[0]?.content ?? "");
});

let busy = 2;
const server = createServer(async (request, response) => {
	const input = (await json(request)) as { text: string };
	if (input.text === "busy" && busy-- > 0) {
		response.writeHead(503).end("try later");
		return;
	}
	try {
		const html = await continueTrace(request.headers, () => answer(input));
		const seen = {
			html,
			fixture: request.headers["x-faultline-fixture-id"],
			baggage: request.headers["baggage"],
		};
		response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(seen));
	} catch (error) {
		response.writeHead(500).end(String(error));
	}
}).listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
