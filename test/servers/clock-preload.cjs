/**
 * Loaded before anything else by every node process of a test run whose clock is set (NODE_OPTIONS): its wall clock is ahead by so many
 * milliseconds. Timers and performance.now() stay as they are.
 */
const aheadMs = Number(process.env.PLIC_TEST_CLOCK_AHEAD_MS ?? 0);

if (aheadMs !== 0) {
  const Real = Date;
  const now = () => Real.now() + aheadMs;
  const Shifted = new Proxy(Real, {
    apply: () => new Real(now()).toString(),
    construct: (_, args, target) => Reflect.construct(Real, args.length === 0 ? [now()] : args, target),
    get: (_, key, receiver) => (key === 'now' ? now : Reflect.get(Real, key, receiver)),
  });
  Real.prototype.constructor = Shifted;
  globalThis.Date = Shifted;
}
