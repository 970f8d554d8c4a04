import { pipeline } from "@faultline/instrumentation";
import { startHttp } from "./servers.cjs";

const server = await startHttp({ "/hours": { closes: "at nine" } });
const ask = pipeline("fetch", async () => (await (await fetch(`${server.url}/hours`)).json()).closes);
await fetch(`${server.url}/health`);
console.log(await ask());
server.close();
