/** The Chromium of this machine, as Playwright is told of it. */
import { existsSync } from 'node:fs';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];

interface LaunchOptions {
  readonly executablePath: string;
  readonly args: string[];
}

/** Throws when there is none. */
export function findChromium(): LaunchOptions {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync);
  if (!executablePath)
    throw new Error('there is no Chromium: "apt-get install chromium fonts-nanum", or CHROMIUM=<its path>');
  return { executablePath, args: [...QUIET] };
}
