import { Pinecone } from "@pinecone-database/pinecone";
import { search } from "./pinecone-steps.cjs";

await search(Pinecone);
