import { type PostgresServer, startPostgres } from "../store/fixtures/postgres-server.ts";
import { type RedisServer, startRedis } from "../store/fixtures/redis-server.ts";

/** The engines that replicas can share. */
export const engines: Record<string, () => Promise<RedisServer | PostgresServer>> = {
  Redis: async () => await startRedis("--appendonly", "yes"),
  PostgreSQL: async () => await startPostgres(),
};

export const secret = "hV4mXw9Qk2sTzLr7NcYp0bGdJf6EuA3i";
