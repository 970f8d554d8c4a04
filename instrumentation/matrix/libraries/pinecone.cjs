require("./pinecone-steps.cjs").search(require("@pinecone-database/pinecone").Pinecone);
