/** What this browser calls itself when it pays: the risk rules count the accounts that one device pays (spec §7). */

const NAME = 'plic-device';
let here: string | undefined;

/** The same for as long as the browser keeps anything; for this page alone where it keeps nothing. */
export function deviceId(): string {
  if (here === undefined) {
    here = crypto.randomUUID();
    try {
      here = localStorage.getItem(NAME) ?? here;
      localStorage.setItem(NAME, here);
    } catch {
      // nothing is kept here
    }
  }
  return here;
}
