const { Pinecone } = require("@pinecone-database/pinecone");
const { ChromaClient } = require("chromadb");

require("./vectors-steps.cjs").search({ Pinecone, ChromaClient });
