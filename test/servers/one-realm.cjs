/**
 * Where test files run: in the realm of jest's worker, not in one of their own, so that packages can be loaded once for all files of a worker
 * (packages-once.cjs) and their errors and dates are what the tests take them for. The house's own modules are run anew for each file, but
 * compiled once. No test may change a global.
 */
const vm = require('node:vm');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Stands for the realm of this process where jest asks for a context: node has no name for it. */
const THIS_REALM = {};
const realExit = process.exit;
const { compileFunction } = vm;
const compiled = new Map();

/** What node does; a module that was compiled for an earlier file is the same function of its `require`, `module` and `exports`. */
vm.compileFunction = (code, parameters, { parsingContext, ...options } = {}) => {
  if (parsingContext !== THIS_REALM) return compileFunction(code, parameters, { ...options, parsingContext });
  const known = compiled.get(options.filename);
  if (known?.code === code) return known.run;
  const run = compileFunction(code, parameters, options);
  compiled.set(options.filename, { code, run });
  return run;
};

module.exports = class OneRealm {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }
  getVmContext() {
    return THIS_REALM;
  }
  exportConditions() {
    return ['node', 'node-addons'];
  }
  async setup() {}
  async teardown() {
    this.fakeTimersModern.dispose();
    process.exit = realExit; // jest has put its own around it
  }
};
