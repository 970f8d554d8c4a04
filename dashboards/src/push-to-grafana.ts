import type { RuleGroup } from "@grafana/grafana-foundation-sdk/alerting";
import { alertGroups, FOLDER } from "./alert-groups.ts";
import { type AlertGroup, apiRule, SOURCE_UID } from "./alert-rule.ts";
import { dashboards } from "./dashboards.ts";
import type { AlertOptions } from "./objectives.ts";

export interface GrafanaTarget {
	/** Such as `https://grafana.example`; a path is kept. */
	readonly url: string;
	/** A service account's token with the role Editor. */
	readonly token: string;
	/** Data source that the alert rules ask; default that of the provisioning files. */
	readonly sourceUid?: string;
	readonly onDone?: (what: string) => void;
}

/** What Grafana was asked and what it said. */
export class GrafanaError extends Error {
	override name = "GrafanaError";
}

/**
 * Writes the folder, every dashboard and every group of rules over Grafana's HTTP API. Pushing again replaces what is there; a rule that is
 * gone from the code goes from its group.
 *
 * @throws GrafanaError that says what was asked, what Grafana answered, and what to do.
 * @example
 * await pushToGrafana({ url: "http://127.0.0.1:3000", token }, { objectives: { "*": { success: 0.98 } } });
 */
export async function pushToGrafana(target: GrafanaTarget, options: AlertOptions = {}): Promise<void> {
	const groups = alertGroups(options);
	const { onDone = () => {} } = target;
	const source = target.sourceUid ?? SOURCE_UID;
	await ensureSource(target, source);
	await ensureFolder(target);
	for (const dashboard of dashboards(options)) {
		await call(target, "POST", "/api/dashboards/db", {
			dashboard: { ...dashboard, id: null },
			folderUid: FOLDER.uid,
			overwrite: true,
			message: "faultline dashboards push",
		});
		onDone(`dashboard ${dashboard.title}`);
	}
	for (const group of groups) {
		const path = `/api/v1/provisioning/folder/${FOLDER.uid}/rule-groups/${group.name}`;
		await call(target, "PUT", path, apiGroup(withSource(group, source)));
		onDone(`alert rules ${group.name}`);
	}
}

/** Rules name their data source, which has to be there before them. */
async function ensureSource(target: GrafanaTarget, uid: string): Promise<void> {
	const { status } = await call(
		target,
		"GET",
		`/api/datasources/uid/${encodeURIComponent(uid)}`,
		undefined,
		[404],
	);
	if (status === 404) {
		throw new GrafanaError(
			`Grafana has no data source with the uid "${uid}", which the alert rules ask. Provision dashboards/out/provisioning/datasources/faultline.yaml, or name the uid of your ClickHouse data source`,
		);
	}
}

async function ensureFolder(target: GrafanaTarget): Promise<void> {
	const { status } = await call(target, "GET", `/api/folders/${FOLDER.uid}`, undefined, [404]);
	if (status === 404) await call(target, "POST", "/api/folders", FOLDER);
}

function withSource(group: AlertGroup, uid: string): AlertGroup {
	if (uid === SOURCE_UID) return group;
	return JSON.parse(JSON.stringify(group).replaceAll(`"${SOURCE_UID}"`, JSON.stringify(uid))) as AlertGroup;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** As the API wants it: seconds instead of a duration, the folder's uid instead of its title. */
export function apiGroup(group: AlertGroup): RuleGroup {
	const [, count = "", unit = ""] = /^(\d+)([smh])$/.exec(group.interval) ?? [];
	return {
		title: group.name,
		folderUid: FOLDER.uid,
		interval: Number(count) * (SECONDS[unit] ?? Number.NaN),
		rules: group.rules.map((rule) => apiRule(rule, group, FOLDER.uid)),
	};
}

async function call(
	{ url, token }: GrafanaTarget,
	method: string,
	path: string,
	body?: object,
	alsoFine: readonly number[] = [],
): Promise<{ readonly status: number }> {
	const address = `${url.replace(/\/+$/, "")}${path}`;
	let response: Response;
	try {
		response = await fetch(address, {
			method,
			headers: {
				authorization: `Bearer ${token}`,
				accept: "application/json",
				"content-type": "application/json",
				// Pushed rules stay editable in Grafana, as pushed dashboards do.
				"x-disable-provenance": "true",
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
			signal: AbortSignal.timeout(30_000),
		});
	} catch (cause) {
		throw new GrafanaError(`Grafana at ${url} does not answer: ${reasonOf(cause)}. Check the address`, {
			cause,
		});
	}
	const answer = await response.text();
	if (response.ok || alsoFine.includes(response.status)) return { status: response.status };
	const hint =
		response.status === 401 || response.status === 403
			? ". Give the token of a service account with the role Editor"
			: "";
	throw new GrafanaError(
		`${method} ${address} was answered with ${response.status}: ${answer.slice(0, 300)}${hint}`,
	);
}

function reasonOf(cause: unknown): string {
	if (!(cause instanceof Error)) return String(cause);
	return cause.cause instanceof Error ? cause.cause.message : cause.message;
}
