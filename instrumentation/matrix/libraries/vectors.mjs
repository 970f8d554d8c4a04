import { Pinecone } from "@pinecone-database/pinecone";
import { ChromaClient } from "chromadb";
import { search } from "./vectors-steps.cjs";

await search({ Pinecone, ChromaClient });
