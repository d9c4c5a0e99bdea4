/** Says on the error output what a run is about, with the seconds since this module was loaded. */
const since = performance.now();

export const say = (what: string): void => {
  process.stderr.write(`${((performance.now() - since) / 1_000).toFixed(1).padStart(6)} s  ${what}\n`);
};
