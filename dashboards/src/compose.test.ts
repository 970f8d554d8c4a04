import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { XMLValidator } from "fast-xml-parser";
import { parse } from "yaml";

const ROOT = join(import.meta.dirname, "../..");

interface Service {
	readonly image?: string;
	readonly build?: { readonly dockerfile: string; readonly target: string };
	readonly user?: string;
	readonly restart?: string;
	readonly read_only?: boolean;
	readonly privileged?: boolean;
	readonly cap_drop?: readonly string[];
	readonly security_opt?: readonly string[];
	readonly mem_limit?: string;
	readonly profiles?: readonly string[];
	readonly ports?: readonly string[];
	readonly volumes?: readonly string[];
	readonly networks?: readonly string[];
	readonly environment?: Readonly<Record<string, string>>;
	readonly healthcheck?: { readonly test: readonly string[] };
	readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
	readonly services: Readonly<Record<string, Service>>;
	readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
	readonly volumes: Readonly<Record<string, object>>;
}

let text = "";
let compose: Compose;
const read = (path: string): Promise<string> => readFile(join(ROOT, path), "utf8");
/** Services that run until they are stopped. */
const lasting = (): [string, Service][] =>
	Object.entries(compose.services).filter(([, { restart }]) => restart === "unless-stopped");

before(async () => {
	text = await read("docker-compose.yml");
	compose = parse(text, { merge: true }) as Compose;
});

describe("docker-compose.yml", () => {
	it("pins every image to a version", () => {
		for (const [name, { image = "" }] of Object.entries(compose.services))
			assert.match(image, /^[\w./-]+:(\d+\.\d+[\w.]*|local)$/, name);
	});

	it("publishes ports on the loopback interface unless told otherwise, and ClickHouse not at all", () => {
		for (const [name, { ports = [] }] of Object.entries(compose.services))
			for (const port of ports) assert.match(port, /^\$\{FAULTLINE_BIND:-127\.0\.0\.1\}:\d+:\d+$/, name);
		assert.deepEqual(compose.services["clickhouse"]?.ports ?? [], []);
		assert.deepEqual(compose.services["clickhouse"]?.networks, ["backend"]);
		assert.equal(compose.networks["backend"]?.internal, true);
	});

	it("asks for every password, has none of its own, and .env.example names exactly those", async () => {
		const required = new Set([...text.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name));
		const example = await read(".env.example");
		const named = new Set([...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name));
		assert.deepEqual(named, required);
		const inCi = new Set([...(await read("deploy/ci.env")).matchAll(/^(\w+)=/gm)].map(([, name]) => name));
		assert.deepEqual(inCi, required);
		for (const [name, { environment = {} }] of Object.entries(compose.services))
			for (const [key, value] of Object.entries(environment))
				if (/PASSWORD|TOKEN/.test(key)) assert.match(value, /^\$\{\w+:\?/, `${name} ${key}`);
		for (const [, name] of text.matchAll(/\$\{(\w+):-/g))
			assert.ok(example.includes(`# ${name}=`), `.env.example says nothing of ${name}`);
	});

	it("gives what runs for ever a restart policy, a memory limit, no capabilities and no new privileges; nothing is privileged", () => {
		assert.deepEqual(
			lasting().map(([name]) => name),
			["clickhouse", "collector", "evaluator", "page", "grafana"],
		);
		for (const [name, service] of lasting()) {
			assert.ok(service.mem_limit !== undefined, `${name} has no memory limit`);
			assert.deepEqual(service.cap_drop, ["ALL"], name);
			assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
			// Faultline's own image runs as its user.
			assert.ok(service.user !== undefined || service.build !== undefined, `${name} runs as root`);
			assert.notEqual(service.privileged, true);
		}
		for (const name of ["collector", "evaluator", "page"])
			assert.equal(compose.services[name]?.read_only, true);
	});

	it("starts in order: ClickHouse is healthy, the tables are there, then the rest", () => {
		assert.equal(compose.services["migrate"]?.depends_on?.["clickhouse"]?.condition, "service_healthy");
		for (const [name, { depends_on = {} }] of lasting())
			if (name !== "clickhouse")
				assert.equal(depends_on["migrate"]?.condition, "service_completed_successfully", name);
		for (const { depends_on = {} } of Object.values(compose.services))
			for (const other of Object.keys(depends_on)) assert.ok(other in compose.services, other);
		// The Collector's image has nothing that could ask.
		for (const [name, { healthcheck }] of lasting())
			assert.equal(healthcheck !== undefined, name !== "collector", name);
	});

	it("mounts only what is there, and reads only the environment that is given", async () => {
		for (const { volumes = [] } of Object.values(compose.services)) {
			for (const volume of volumes) {
				const [source = ""] = volume.split(":");
				if (!source.startsWith("./")) assert.ok(source in compose.volumes, source);
				else if (source !== "./collector/otelcol") assert.ok(existsSync(join(ROOT, source)), source);
			}
		}
		const config = join(ROOT, "collector/otelcol");
		if (existsSync(config)) assert.ok(existsSync(join(config, "collector.yaml")));
		const source = await read("dashboards/out/provisioning/datasources/faultline.yaml");
		const grafana = compose.services["grafana"]?.environment ?? {};
		for (const [, name = ""] of source.matchAll(/\$(\w+)/g)) assert.ok(name in grafana, name);
	});

	it("builds targets that the Dockerfile has, without chDB", async () => {
		const dockerfile = await read("deploy/faultline.Dockerfile");
		for (const { build } of Object.values(compose.services)) {
			if (build === undefined) continue;
			assert.equal(build.dockerfile, "deploy/faultline.Dockerfile");
			assert.match(dockerfile, new RegExp(`^FROM \\w+ AS ${build.target}$`, "m"));
		}
		for (const [line] of dockerfile.matchAll(/npm ci[^&]*?(?=\n\n|\n[A-Z])/g))
			assert.match(line, /--omit=optional/);
		for (const [, path = ""] of dockerfile.matchAll(/^COPY (?!--from)(\S+)/gm))
			assert.ok(existsSync(join(ROOT, path)), path);
	});
});

describe("ClickHouse's users", () => {
	it("have passwords from the environment that compose gives, and no more rights than they need", async () => {
		const users = await read("deploy/clickhouse/users.xml");
		const given = compose.services["clickhouse"]?.environment ?? {};
		const asked = [...users.matchAll(/from_env="(\w+)"/g)].map(([, name = ""]) => name);
		assert.equal(asked.filter((name) => name.endsWith("_PASSWORD")).length, 3);
		for (const name of asked) assert.ok(name in given, name);
		const grants = (user: string): string =>
			new RegExp(`<${user}>([\\s\\S]*?)</${user}>`).exec(users)?.[1] ?? "";
		assert.doesNotMatch(grants("grafana"), /INSERT|ALTER|CREATE|ON \*\.\*/);
		assert.doesNotMatch(grants("collector"), /ALTER|CREATE|faultline\.\*/);
		assert.match(users, /<faultline_reader>\s*<readonly>1<\/readonly>/);
	});

	it("may read every system table that a dashboard or the doctor asks", async () => {
		const users = await read("deploy/clickhouse/users.xml");
		const health = await read("dashboards/out/dashboards/faultline-health.json");
		for (const [table] of health.matchAll(/system\.\w+/g))
			assert.match(users, new RegExp(`SELECT ON ${table}<`));
	});
});

describe("the cluster example", () => {
	it("has two shards of two replicas, whose settings name every node and get every value", async () => {
		const cluster = parse(await read("deploy/cluster/docker-compose.yml"), { merge: true }) as Compose;
		const nodes = Object.entries(cluster.services).filter(([name]) => name.startsWith("clickhouse"));
		const places = nodes.map(
			([, { environment = {} }]) => `${environment["CLICKHOUSE_SHARD"]}/${environment["CLICKHOUSE_REPLICA"]}`,
		);
		assert.deepEqual(places.sort(), ["1/1", "1/2", "2/1", "2/2"]);
		const settings = await read("deploy/cluster/cluster.xml");
		const hosts = [...settings.matchAll(/<replica><host>([\w-]+)</g)].map(([, host]) => host);
		assert.deepEqual(hosts.sort(), nodes.map(([name]) => name).sort());
		for (const [name, { environment = {} }] of nodes)
			for (const [, asked = ""] of settings.matchAll(/from_env="(\w+)"/g))
				assert.ok(asked in environment, `${name} ${asked}`);
		for (const { volumes = [] } of Object.values(cluster.services))
			for (const [source = ""] of volumes.map((volume) => volume.split(":")))
				assert.ok(
					source.startsWith("./") ? existsSync(join(ROOT, source)) : source in cluster.volumes,
					source,
				);
	});
});

it("ClickHouse's settings are well-formed", async () => {
	for (const path of [
		"clickhouse/config.xml",
		"clickhouse/users.xml",
		"cluster/cluster.xml",
		"cluster/keeper.xml",
	]) {
		const xml = await read(`deploy/${path}`);
		assert.equal(XMLValidator.validate(xml), true, path);
		for (const [, comment = ""] of xml.matchAll(/<!--([\s\S]*?)-->/g))
			assert.ok(!comment.includes("--"), path);
	}
});
