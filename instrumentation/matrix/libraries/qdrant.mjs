import { QdrantClient } from "@qdrant/js-client-rest";
import { search } from "./qdrant-steps.cjs";

await search(QdrantClient);
