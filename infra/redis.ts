/** The one way to open Redis: a command never hangs, on a dead server or on a silent one. */
import { Redis } from 'ioredis';

export type { Redis };

/** Connections are refused or silent this long before they count as lost, ms. */
const CONNECT_TIMEOUT_MS = 5_000;
const COMMAND_TIMEOUT_MS = 2_000;
const RECONNECT_MAX_MS = 1_000;

/**
 * Resolves when the server is ready, throws when it is not within 5 s. Afterwards the client reconnects
 * by itself, and a command sent meanwhile fails at once. `onTrouble` hears of every lost connection.
 */
export async function openRedis(redisUrl: string, onTrouble: (error: Error) => void = () => undefined): Promise<Redis> {
  const redis = new Redis(redisUrl, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: CONNECT_TIMEOUT_MS, // armed only while an answer is due: a silent server is left
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(times * 100, RECONNECT_MAX_MS),
  });
  redis.on('error', onTrouble);
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return redis;
}
