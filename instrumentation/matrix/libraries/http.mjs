import http from "node:http";

const server = http.createServer((_request, response) => response.end("ok"));
await new Promise((done) => server.listen(0, "127.0.0.1", done));
await new Promise((done) => {
	http.get({ port: server.address().port, agent: false }, (response) => response.resume().on("end", done));
});
server.close();
console.log("done");
