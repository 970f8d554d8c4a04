require("./qdrant-steps.cjs").search(require("@qdrant/js-client-rest").QdrantClient);
