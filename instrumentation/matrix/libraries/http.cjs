const http = require("node:http");

const server = http.createServer((_request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", () => {
	http.get({ port: server.address().port, agent: false }, (response) =>
		response.resume().on("end", () => {
			server.close();
			console.log("done");
		}),
	);
});
