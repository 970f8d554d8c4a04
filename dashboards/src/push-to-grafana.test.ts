import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, it } from "node:test";
import { alertGroups } from "./alert-groups.ts";
import { GrafanaError, pushToGrafana } from "./push-to-grafana.ts";

/**
 * Grafana's HTTP API as far as a push uses it, with state: folders must exist before what is put into them, creating one twice is refused,
 * rule groups are replaced as a whole, rules need the data source that they name.
 */
interface FakeGrafana {
	readonly folders: Set<string>;
	readonly sources: Set<string>;
	readonly dashboards: Map<string, { readonly folder: string; readonly version: number }>;
	readonly groups: Map<string, Group>;
}

interface Group {
	readonly title: string;
	readonly interval: number;
	readonly rules: readonly {
		readonly uid: string;
		readonly title: string;
		readonly folderUID: string;
		readonly ruleGroup: string;
		readonly keep_firing_for?: string;
		readonly annotations: Readonly<Record<string, string>>;
		readonly data: readonly {
			readonly datasourceUid: string;
			readonly model: { readonly rawSql?: string };
		}[];
	}[];
}

const TOKEN = "glsa_token";
let grafana: FakeGrafana;
const server = createServer((request, response) => void answer(request, response));
let url = "";

before(async () => {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());
beforeEach(() => {
	grafana = {
		folders: new Set(),
		sources: new Set(["faultline-clickhouse"]),
		dashboards: new Map(),
		groups: new Map(),
	};
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	const text = Buffer.concat(chunks).toString();
	const [status, body] =
		request.headers.authorization === `Bearer ${TOKEN}`
			? route(`${request.method} ${request.url}`, text === "" ? {} : (JSON.parse(text) as never))
			: [401, { message: "invalid API key" }];
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

interface Body extends Partial<Group> {
	readonly uid?: string;
	readonly folderUid?: string;
	readonly overwrite?: boolean;
	readonly dashboard?: { readonly uid: string };
}
type Answer = [status: number, body: object];

const NOT_FOUND: Answer = [404, { message: "not found" }];

const ROUTES: readonly (readonly [RegExp, (body: Body, ...names: string[]) => Answer])[] = [
	[
		/^GET \/api\/datasources\/uid\/(.+)$/,
		(_, uid = "") => (grafana.sources.has(uid) ? [200, {}] : NOT_FOUND),
	],
	[/^GET \/api\/folders\/(.+)$/, (_, uid = "") => (grafana.folders.has(uid) ? [200, {}] : NOT_FOUND)],
	[
		/^POST \/api\/folders$/,
		({ uid = "" }) => {
			if (grafana.folders.has(uid)) return [409, { message: "a folder with the same uid exists" }];
			grafana.folders.add(uid);
			return [200, {}];
		},
	],
	[/^POST \/api\/dashboards\/db$/, putDashboard],
	[/^PUT \/api\/v1\/provisioning\/folder\/([^/]+)\/rule-groups\/(.+)$/, putGroup],
];

function putDashboard({ dashboard, folderUid = "", overwrite }: Body): Answer {
	const uid = dashboard?.uid ?? "";
	const known = grafana.dashboards.get(uid);
	if (!grafana.folders.has(folderUid)) return NOT_FOUND;
	if (known !== undefined && overwrite !== true) return [412, { status: "version-mismatch" }];
	grafana.dashboards.set(uid, { folder: folderUid, version: (known?.version ?? 0) + 1 });
	return [200, {}];
}

function putGroup(body: Body, folder = "", name = ""): Answer {
	if (!grafana.folders.has(folder)) return NOT_FOUND;
	const group = body as Group;
	const asked = group.rules.flatMap(({ data }) => data.map(({ datasourceUid }) => datasourceUid));
	const missing = asked.find((uid) => uid !== "__expr__" && !grafana.sources.has(uid));
	if (missing !== undefined) return [400, { message: `data source ${missing} not found` }];
	grafana.groups.set(name, group);
	return [200, group];
}

function route(asked: string, body: Body): Answer {
	for (const [pattern, handle] of ROUTES) {
		const match = pattern.exec(asked);
		if (match !== null) return handle(body, ...match.slice(1));
	}
	return [404, { message: "no such route" }];
}

it("puts the folder, every dashboard and every rule into an empty Grafana", async () => {
	const done: string[] = [];
	await pushToGrafana({ url: `${url}/`, token: TOKEN, onDone: (what) => done.push(what) });
	assert.deepEqual([...grafana.folders], ["faultline"]);
	assert.equal(grafana.dashboards.size, 6);
	const wanted = alertGroups();
	assert.deepEqual(
		[...grafana.groups.keys()],
		wanted.map(({ name }) => name),
	);
	assert.equal(done.length, 6 + wanted.length);
	const steps = grafana.groups.get("faultline-steps");
	assert.equal(steps?.interval, 60);
	assert.equal(grafana.groups.get("faultline-slow")?.interval, 600);
	for (const rule of steps?.rules ?? []) {
		assert.deepEqual([rule.folderUID, rule.ruleGroup], ["faultline", "faultline-steps"]);
		assert.equal(rule.annotations["__dashboardUid__"], "faultline-step-detail");
		assert.ok(rule.keep_firing_for !== undefined && !("keepFiringFor" in rule));
		assert.match(rule.data[0]?.model.rawSql ?? "", /step_minutes/);
	}
});

it("pushes again over what is there, and takes out rules that are gone", async () => {
	await pushToGrafana({ url, token: TOKEN });
	const first = grafana.groups.get("faultline-silence");
	assert.ok(first !== undefined);
	const [rule] = first.rules;
	assert.ok(rule !== undefined);
	grafana.groups.set("faultline-silence", { ...first, rules: [...first.rules, { ...rule, uid: "of-old" }] });
	await pushToGrafana({ url, token: TOKEN });
	assert.deepEqual(grafana.groups.get("faultline-silence"), first);
	assert.deepEqual(new Set([...grafana.dashboards.values()].map(({ version }) => version)), new Set([2]));
});

it("lets the rules ask another data source", async () => {
	grafana.sources.clear();
	grafana.sources.add("mine");
	await pushToGrafana({ url, token: TOKEN, sourceUid: "mine" });
	assert.equal(grafana.groups.size, alertGroups().length);
});

it("says what is missing", async () => {
	await assert.rejects(pushToGrafana({ url, token: "wrong" }), (error: unknown) => {
		assert.ok(error instanceof GrafanaError);
		assert.match(error.message, /answered with 401: .*invalid API key.*role Editor/);
		return true;
	});
	await assert.rejects(
		pushToGrafana({ url, token: TOKEN, sourceUid: "not-there" }),
		/no data source with the uid "not-there".*Provision/,
	);
	const closed = createServer();
	await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
	const nobody = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
	await new Promise((resolve) => closed.close(resolve));
	await assert.rejects(
		pushToGrafana({ url: nobody, token: TOKEN }),
		/Grafana at http:\/\/127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED/,
	);
});
