/** What this browser calls itself when it pays: the risk rules count the accounts that one device pays (spec §7). */

const NAME = 'plic-device';
let here: string | undefined;

export function deviceId(): string {
  here ??= localStorage.getItem(NAME) ?? crypto.randomUUID();
  localStorage.setItem(NAME, here);
  return here;
}
