"use strict";
const { pipeline } = require("@faultline/instrumentation");
const { startPostgres, startRedis } = require("./servers.cjs");

/** One query of each client inside a run; outside of one, nobody wants spans of a database. */
exports.ask = async ({ pg, redis, Redis, mysql }) => {
	const postgres = await startPostgres("at nine");
	const cache = await startRedis("at ten");
	const server = mysql.createServer();
	server.on("connection", (connection) => {
		connection.serverHandshake({
			protocolVersion: 10,
			serverVersion: "8.4.0",
			connectionId: 1,
			statusFlags: 2,
			characterSet: 8,
			capabilityFlags: 0xff_ff_ff,
		});
		connection.on("query", () => {
			connection.sequenceId = 1;
			connection.writeColumns([
				{
					catalog: "def",
					schema: "",
					table: "",
					orgTable: "",
					name: "text",
					orgName: "text",
					characterSet: 33,
					columnLength: 100,
					columnType: 253,
					flags: 0,
					decimals: 0,
				},
			]);
			connection.writeTextRow(["at eleven"]);
			connection.writeEof();
		});
		connection.on("quit", () => connection.close());
		connection.on("error", () => undefined);
	});
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const said = await pipeline("databases", async () => {
		const sql = new pg.Client({ host: "127.0.0.1", port: postgres.port, user: "app", database: "docs" });
		await sql.connect();
		const { rows } = await sql.query("SELECT text FROM pages");
		await sql.end();
		const client = await redis.createClient({ url: `redis://127.0.0.1:${cache.port}` }).connect();
		const cached = await client.get("closing");
		await client.destroy();
		const other = new Redis(cache.port, "127.0.0.1");
		const again = await other.get("closing");
		other.disconnect();
		const { port } = server._server.address();
		const tables = mysql.createConnection({ host: "127.0.0.1", port, user: "app" });
		const found = await new Promise((done, failed) =>
			tables.query("SELECT text FROM hours", (error, result) => (error ? failed(error) : done(result))),
		);
		tables.destroy();
		return [rows[0].text, cached, again, found[0].text].join(", ");
	})();
	postgres.close();
	cache.close();
	console.log(said);
	server.close();
};
