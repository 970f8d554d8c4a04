const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");

require("./mcp-client.cjs").startMcp(StdioClientTransport);
