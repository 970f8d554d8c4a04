import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { BaseRetriever } from "@langchain/core/retrievers";
import { tool } from "@langchain/core/tools";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import { z } from "zod";
import { runChain } from "./langchain-steps.cjs";

await runChain({ BaseRetriever, ChatPromptTemplate, FakeListChatModel, StringOutputParser, tool, z });
