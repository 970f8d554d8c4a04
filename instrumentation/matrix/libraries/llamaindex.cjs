const { OpenAI } = require("@llamaindex/openai");
const { BaseEmbedding, Document, Settings, VectorStoreIndex } = require("llamaindex");

require("./llamaindex-steps.cjs").ask({ BaseEmbedding, Document, OpenAI, Settings, VectorStoreIndex });
