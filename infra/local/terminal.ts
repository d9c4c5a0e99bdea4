import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours only on a terminal that wants them. */
export function paint(style: Style, text: string): string {
  const isWanted = process.stdout.isTTY && process.env.NO_COLOR === undefined;
  return isWanted ? styleText(style, text) : text;
}

/** Says one thing on a line of its own, with the seconds since this process started. */
export function say(text: string): void {
  const seconds = performance.now() / 1000;
  process.stdout.write(`${paint('dim', `${seconds.toFixed(1).padStart(6)} s`)}  ${text}\n`);
}

export const won = (amount: number): string => `${amount.toLocaleString('en-US')} won`;
