import { OpenAI } from "@llamaindex/openai";
import { BaseEmbedding, Document, Settings, VectorStoreIndex } from "llamaindex";
import { ask } from "./llamaindex-steps.cjs";

await ask({ BaseEmbedding, Document, OpenAI, Settings, VectorStoreIndex });
