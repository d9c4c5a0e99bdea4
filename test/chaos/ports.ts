/** Ports for servers that die and come back: outside the range from which systems take the ports of outgoing connections. */
import { randomInt } from 'node:crypto';
import { isPortFree } from '../../infra/local/ports';

const FROM = 12_000;
const TO = 32_000;

/** A port of 127.0.0.1 that is free, and that no outgoing connection will sit on while its server is down. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(FROM, TO);
    if (await isPortFree(port)) return port;
  }
}
