/** How test files load what they import: the house's own modules anew for each file, packages once for all files of a worker, by node itself. */
const { isBuiltin } = require('node:module');
const { default: Runtime } = require('jest-runtime');

const isOfPackage = (name) => /^[^./]/.test(name) && !isBuiltin(name) && !name.startsWith('@jest/');

module.exports = class PackagesOnce extends Runtime {
  requireModuleOrMock(from, name) {
    return isOfPackage(name) ? require(name) : super.requireModuleOrMock(from, name);
  }
};
