/** The house's own rules (README, "Map of folders"), checked on its source text. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';

const ROOT = join(__dirname, '..');
const FOLDERS = ['workflows', 'activities', 'api', 'workers', 'db', 'infra', 'test'];
const LINES_MAX = 300;

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const filesUnder = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => posix.join(folder, name))
    : [];
const sources = FOLDERS.flatMap(filesUnder).filter((file) => file.endsWith('.ts'));
const isIn = (file: string, places: readonly string[]): boolean =>
  places.some((place) => file === place || file === `${place}.ts` || file.startsWith(`${place}/`));

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

/** The imports of a file that stay inside the house, as paths from the root. */
function importsOf(file: string): Import[] {
  const pattern = /^(?:import|export)\s+(type\s)?([^;'"]*?)(?:\s*from\s*)?'(\.[^']+)'/gm;
  return [...read(file).matchAll(pattern)].map(([, type, names = '', target = '']) => {
    const specifiers = names
      .replace(/[{}]/g, '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const typeOnly = Boolean(type) || (specifiers.length > 0 && specifiers.every((name) => name.startsWith('type ')));
    return { from: file, to: posix.join(posix.dirname(file), target), typeOnly };
  });
}

interface Arrow {
  readonly of: readonly string[];
  /** Places of which this one speaks its own, stricter rule. */
  readonly except?: readonly string[];
  readonly may: readonly string[];
  /** Allowed with `import type` only. */
  readonly mayType?: readonly string[];
  /** Refused, whatever `may` says; but for these. */
  readonly never?: readonly string[];
  readonly neverBut?: RegExp;
}

const LOCAL = ['infra/local', 'infra/sandbox'];
/** Types that the caller owns and others implement or send. */
const MESSAGES = ['workflows/deal/messages', 'workflows/batches/messages'];
const PORTS = ['workflows/deal/ports', 'workflows/batches/ports', 'workflows/verify-account-ports'];
/** Who may import whom. What wires everything (workers, the local system, commands, the tests) has no row. */
const ARROWS: readonly Arrow[] = [
  { of: ['workflows/domain'], may: ['workflows/domain'] },
  { of: ['workflows'], except: ['workflows/domain'], may: ['workflows'] },
  {
    of: ['activities'],
    may: ['activities', 'workflows/domain', 'db', 'infra'],
    mayType: [...PORTS, ...MESSAGES],
    never: [...LOCAL, 'infra/providers'],
  },
  { of: ['db'], may: ['db', 'workflows/domain'] },
  { of: ['db/migrations'], may: ['db/migrations'] },
  {
    of: ['api'],
    except: ['api/main.ts'],
    may: ['api', 'workflows/domain', ...MESSAGES, 'db', 'infra'],
    mayType: ['workflows'],
    never: [...LOCAL, 'infra/providers'],
    neverBut: /^infra\/providers\/[\w-]+\/webhook$/,
  },
  { of: ['infra/providers'], may: ['infra/providers', 'workflows/domain'] },
  {
    of: ['infra'],
    except: [...LOCAL, 'infra/providers'],
    may: ['infra', 'workflows/domain', ...MESSAGES],
    never: LOCAL,
  },
  { of: ['infra/sandbox'], may: ['infra/sandbox'] },
];

test.each(ARROWS.map((arrow) => ({ ...arrow, name: arrow.of.join(', ') })))(
  '$name import only what the plan of the house allows',
  ({ of, except = [], may, mayType = [], never = [], neverBut = /^$/ }) => {
    const isRefused = (to: string) => isIn(to, never) && !neverBut.test(to);
    const strays = sources
      .filter((file) => isIn(file, of) && !isIn(file, except))
      .flatMap(importsOf)
      .filter(({ to, typeOnly }) => isRefused(to) || !(isIn(to, may) || (typeOnly && isIn(to, mayType))));
    expect(strays).toEqual([]);
  },
);

test('nothing outside the tests imports the tests', () => {
  const strays = sources.filter((file) => !isIn(file, ['test'])).flatMap(importsOf);
  expect(strays.filter(({ to }) => isIn(to, ['test']))).toEqual([]);
});

test('every import leads to a file', () => {
  const broken = sources
    .flatMap(importsOf)
    .filter(({ to }) => !['.ts', '/index.ts', ''].some((end) => existsSync(join(ROOT, to + end))));
  expect(broken).toEqual([]);
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = sources.map((file) => [file, read(file).split('\n').length - 1] as const);
  expect(long.filter(([, lines]) => lines > LINES_MAX)).toEqual([]);
});

interface Ban {
  readonly word: string;
  readonly pattern: RegExp;
  readonly instead: string;
  readonly in: readonly string[];
  readonly except?: readonly string[];
}

const MONEY_PLACES = ['workflows', 'activities', 'db', 'api'];
/** Jest asks for default exports of these two. */
const JEST_HOOKS = ['test/servers/global-setup.ts', 'test/servers/global-teardown.ts'];
const BANS: readonly Ban[] = [
  {
    word: 'console.log',
    pattern: /\bconsole\.\w+\(/,
    instead: 'createLog, or process.stdout.write in a command',
    in: FOLDERS,
  },
  { word: 'parseFloat', pattern: /\bparseFloat\(/, instead: 'parseWon', in: FOLDERS },
  {
    word: 'Math.round',
    pattern: /\bMath\.(round|ceil)\(|\.toFixed\(/,
    instead: 'bpsFloor of workflows/domain/money',
    in: MONEY_PLACES,
    except: ['workflows/domain/money.ts'],
  },
  {
    word: 'module-level let',
    pattern: /^(export )?(let|var) /m,
    instead: 'state inside the workflow function',
    in: ['workflows'],
  },
  { word: 'default export', pattern: /^export default /m, instead: 'a named export', in: FOLDERS, except: JEST_HOOKS },
  { word: 'enum', pattern: /^(export )?(const )?enum /m, instead: 'an `as const` table', in: FOLDERS },
  {
    word: 'Date.now in the domain',
    pattern: /\bDate\.now\(|new Date\(\)|\bMath\.random\(/,
    instead: 'a parameter',
    in: ['workflows/domain'],
  },
  {
    word: 'process.env',
    pattern: /\bprocess\.env\b/,
    instead: 'infra/config/config',
    in: MONEY_PLACES,
  },
  {
    word: 'SQL that is put together',
    pattern: /\$\{/,
    instead: 'a literal: a migration is frozen',
    in: ['db/migrations'],
    except: ['db/migrations/index.ts'],
  },
  { word: 'TODO', pattern: /\b(TODO|FIXME|XXX)\b/, instead: 'an issue', in: FOLDERS },
];

test.each(BANS)('$word is not used: $instead is', ({ pattern, in: places, except = [] }) => {
  const self = relative(ROOT, __filename);
  const files = sources.filter((file) => file !== self && isIn(file, places) && !isIn(file, except));
  expect(files.filter((file) => pattern.test(read(file)))).toEqual([]);
});

test('there is one barrel, the index of the workflows', () => {
  const barrels = sources.filter((file) => /^export (\*|\{[^}]*\}) from/m.test(read(file)));
  expect(barrels.filter((file) => file !== 'workflows/index.ts')).toEqual([]);
});

const documents = ['README.md', 'CHANGELOG.md', ...[...FOLDERS, 'docs'].flatMap(filesUnder)].filter(
  (file) => file.endsWith('.md') && existsSync(join(ROOT, file)),
);

test('there is a README', () => expect(documents).toContain('README.md'));

test('every path of the house that a document names exists', () => {
  const place = new RegExp(`^(?:${[...FOLDERS, 'docs', '.github', '.ci'].join('|')})/[\\w./-]*$`);
  const missing = documents.flatMap((document) => {
    const text = read(document);
    const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path).filter((path) => place.test(path));
    const linked = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, path = '']) =>
      posix.join(dirname(document), path),
    );
    return [...quoted, ...linked]
      .filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, `${path}.ts`)))
      .map((path) => `${document}: ${path}`);
  });
  expect(missing).toEqual([]);
});

test('every command that a document names is in package.json', () => {
  const { scripts } = JSON.parse(read('package.json'));
  const missing = documents.flatMap((document) =>
    [...read(document).matchAll(/\bnpm run ([\w:-]+)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !(name in scripts)),
  );
  expect(missing).toEqual([]);
});

test('a command is the process that npm starts, or a signal to npm would end the shell between them alone', () => {
  const scripts = Object.entries<string>(JSON.parse(read('package.json')).scripts);
  expect(scripts.filter(([, script]) => script.includes('node ') && !script.startsWith('exec '))).toEqual([]);
});

test('every dependency is pinned to one version, and the lock agrees', () => {
  const manifest = JSON.parse(read('package.json'));
  const lock = JSON.parse(read('package-lock.json'));
  const wanted = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  expect(wanted.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
});

test('the lock holds the builds of every platform, or a clean install refuses it', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const names = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
  const optional = Object.values<{ optionalDependencies?: object }>(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies),
  );
  expect(optional.filter((name) => !names.has(name))).toEqual([]);
});

test('the lock names no registry, so that any will do', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const named = Object.entries<{ resolved?: string }>(packages).filter(([, { resolved }]) =>
    resolved?.startsWith('http'),
  );
  expect(named.map(([path]) => path)).toEqual([]);
});
