const { Redis } = require("ioredis");
const mysql = require("mysql2");
const pg = require("pg");
const redis = require("redis");

require("./databases-steps.cjs").ask({ pg, redis, Redis, mysql });
