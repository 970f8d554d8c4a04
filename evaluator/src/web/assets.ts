import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Hono } from "hono";

const FOLDER = new URL("client/", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
	css: "text/css; charset=utf-8",
	js: "text/javascript; charset=utf-8",
	svg: "image/svg+xml",
};

interface Asset {
	readonly content: Buffer;
	readonly type: string;
	readonly hash: string;
}

const assets: ReadonlyMap<string, Asset> = new Map(
	readdirSync(FOLDER).flatMap((name) => {
		const type = TYPES[name.split(".").at(-1) ?? ""];
		if (type === undefined) return [];
		const content = readFileSync(new URL(name, FOLDER));
		const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
		return [[name, { content, type, hash }] as const];
	}),
);

/** Where a file of `client/` is served; another content is another address, so that browsers may keep it. */
export function assetUrl(name: string): string {
	const asset = assets.get(name);
	if (asset === undefined) throw new Error(`client/${name} is not there`);
	return `/assets/${name}?v=${asset.hash}`;
}

/** The style sheet, the modules for the browser, the icon. */
export function assetRoutes(): Hono {
	const app = new Hono();
	app.get("/:name", (c) => {
		const asset = assets.get(c.req.param("name"));
		if (asset === undefined) return c.notFound();
		const kept = c.req.query("v") === asset.hash;
		return c.body(new Uint8Array(asset.content), 200, {
			"content-type": asset.type,
			"cache-control": kept ? "public, max-age=31536000, immutable" : "no-cache",
		});
	});
	return app;
}
