import { Redis } from "ioredis";
import mysql from "mysql2";
import pg from "pg";
import * as redis from "redis";
import { ask } from "./databases-steps.cjs";

await ask({ pg, redis, Redis, mysql });
