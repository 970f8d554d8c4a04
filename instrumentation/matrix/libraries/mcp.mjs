import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { startMcp } from "./mcp-client.cjs";

await startMcp(StdioClientTransport);
