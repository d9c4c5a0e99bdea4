/** package.json: commands are processes; packages are pinned, and installable anywhere through any registry. */
import { read } from './sources';

const manifest = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json'));

test('a command is the process that npm starts, or a signal to npm would end the shell between them alone', () => {
  const scripts = Object.entries<string>(manifest.scripts);
  expect(scripts.filter(([, script]) => script.includes('node ') && !script.startsWith('exec '))).toEqual([]);
});

test('every dependency is pinned to one version, and the lock agrees', () => {
  const wanted = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(wanted.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
});

test('what comes by pip is pinned, with all that it stands on', () => {
  const lists = ['test/schemathesis/requirements.txt', 'test/kms/requirements.txt'];
  const wanted = lists.flatMap((list) => read(list).trim().split('\n'));
  expect(wanted.filter((line) => !/^[\w-]+==\d+(\.\w+)+$/.test(line))).toEqual([]);
});

test('the lock holds the builds of every platform, or a clean install refuses it', () => {
  const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')));
  const optional = Object.values<{ optionalDependencies?: object }>(lock.packages).flatMap(
    ({ optionalDependencies = {} }) => Object.keys(optionalDependencies),
  );
  expect(optional.filter((name) => !names.has(name))).toEqual([]);
});

test('the lock names no registry, so that any will do', () => {
  const named = Object.entries<{ resolved?: string }>(lock.packages).filter(([, { resolved }]) =>
    resolved?.startsWith('http'),
  );
  expect(named.map(([path]) => path)).toEqual([]);
});
