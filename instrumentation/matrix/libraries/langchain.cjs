const { StringOutputParser } = require("@langchain/core/output_parsers");
const { ChatPromptTemplate } = require("@langchain/core/prompts");
const { BaseRetriever } = require("@langchain/core/retrievers");
const { tool } = require("@langchain/core/tools");
const { FakeListChatModel } = require("@langchain/core/utils/testing");
const { z } = require("zod");

require("./langchain-steps.cjs").runChain({
	BaseRetriever,
	ChatPromptTemplate,
	FakeListChatModel,
	StringOutputParser,
	tool,
	z,
});
