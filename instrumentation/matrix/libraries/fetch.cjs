const { pipeline } = require("@faultline/instrumentation");
const { startHttp } = require("./servers.cjs");

startHttp({ "/hours": { closes: "at nine" } }).then(async (server) => {
	const ask = pipeline("fetch", async () => (await (await fetch(`${server.url}/hours`)).json()).closes);
	await fetch(`${server.url}/health`);
	console.log(await ask());
	server.close();
});
