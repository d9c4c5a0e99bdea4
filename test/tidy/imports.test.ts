/** Who may import whom, read from the source text (docs/architecture.md, "Arrows"). */
import { allImports, fileOf, type Import, moduleOf, productImports } from './modules';
import { isIn, PRODUCT_FOLDERS, product, read, sources } from './sources';

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
const EVERYTHING = [...PRODUCT_FOLDERS, 'test'];
/** Types that the caller owns and others implement or send. */
const MESSAGES = ['workflows/deal/messages', 'workflows/batches/messages'];
const PORTS = [
  ...['workflows/deal/ports', 'workflows/batches/ports'],
  ...['workflows/verify-account-ports', 'workflows/verify-identity-ports'],
];
/** Who may import whom. What wires everything (workers, the local system, commands, the tests) has no row of its own. */
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
  { of: ['db/migrations'], except: ['db/migrations/index.ts'], may: ['db/migrations'] },
  { of: ['db/migrations/index.ts'], may: ['db/migrations', 'db/rights'] }, // which it sets at the end, and no migration knows
  {
    of: ['api'],
    except: ['api/main.ts'],
    may: ['api', 'workflows/domain', ...MESSAGES, 'db', 'infra'],
    mayType: ['workflows'],
    never: [...LOCAL, 'infra/providers'],
    neverBut: /^infra\/providers\/webhooks$/,
  },
  { of: ['api/payer'], may: EVERYTHING, never: ['api/operator', 'api/integrator'] },
  { of: ['api/operator'], may: EVERYTHING, never: ['api/payer', 'api/integrator'] },
  { of: ['api/integrator'], may: EVERYTHING, never: ['api/payer', 'api/operator'] },
  { of: ['workers'], may: EVERYTHING, never: ['infra/sandbox'] },
  { of: ['infra/providers'], may: ['infra/providers', 'workflows/domain'] },
  { of: ['infra/providers/softpayment'], may: EVERYTHING, never: ['infra/providers/bank'] },
  { of: ['infra/providers/bank'], may: EVERYTHING, never: ['infra/providers/softpayment'] },
  {
    of: ['infra'],
    except: [...LOCAL, 'infra/providers'],
    may: ['infra', 'workflows/domain', ...MESSAGES],
    never: [...LOCAL, 'infra/providers'],
  },
  { of: ['infra/sandbox'], may: ['infra/sandbox'] },
  { of: ['web'], may: ['web', 'workflows/domain'] },
  { of: ['web/payer'], may: EVERYTHING, never: ['web/console'] },
  { of: ['web/shared'], may: ['web/shared', 'workflows/domain'] },
];

test.each(ARROWS.map((arrow) => ({ ...arrow, name: arrow.of.join(', ') })))(
  '$name import only what the plan of the house allows',
  ({ of, except = [], may, mayType = [], never = [], neverBut = /^$/ }) => {
    const isRefused = (to: string) => isIn(to, never) && !neverBut.test(to);
    const strays = sources
      .filter((file) => isIn(file, of) && !isIn(file, except))
      .flatMap((file) => moduleOf(file).imports)
      .filter(({ to, typeOnly }) => isRefused(to) || !(isIn(to, may) || (typeOnly && isIn(to, mayType))));
    expect(strays).toEqual([]);
  },
);

/** Statements name their tables as knex does, `db('deals')`, or in SQL. */
const TABLES = product
  .filter((file) => isIn(file, ['db/migrations']))
  .flatMap((file) =>
    [...read(file).matchAll(/\bcreate table (?:if not exists )?(\w+)/gi)].map(([, name = '']) => name),
  );
const STATEMENT = new RegExp(
  `\\b(?:db|trx|knex)(?:<[^(]*>)?\\('(?:${TABLES.join('|')})\\b|\\b(?:from|into|update|join) (?:${TABLES.join('|')})\\b`,
);

test('no table is named outside db/', () => {
  expect(TABLES.length).toBeGreaterThan(20);
  const elsewhere = product.filter((file) => !isIn(file, ['db', 'infra/sandbox']));
  const strays = elsewhere.flatMap((file) => {
    const [found] = read(file).match(STATEMENT) ?? [];
    return found ? [{ file, found }] : [];
  });
  expect(strays).toEqual([]);
});

test('nothing outside the tests imports the tests', () => {
  expect(productImports().filter(({ to }) => isIn(to, ['test']))).toEqual([]);
});

test('every import leads to a file', () => {
  expect(allImports().filter(({ to }) => fileOf(to) === null)).toEqual([]);
});

test('there is one barrel, the index of the workflows', () => {
  const barrels = sources.filter((file) => /^export (\*|\{[^}]*\}) from/m.test(read(file)));
  expect(barrels.filter((file) => file !== 'workflows/index.ts')).toEqual([]);
});

/** Every folder of the product that holds files, and the root of them. */
const folders = ['', ...new Set(product.flatMap(foldersOf))];

function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1);
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

/** The file or folder, directly in `folder`, that holds the file; null when the file is elsewhere. */
function roomOf(file: string, folder: string): string | null {
  const inside = folder === '' ? file : file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : null;
  return inside?.split('/')[0] ?? null;
}

/** The arrows between the rooms of a folder that lie on a circle, each with an import that draws it. Types count too. */
function circlesIn(folder: string): string[] {
  const arrows = new Map<string, Map<string, Import>>();
  for (const one of productImports()) {
    const [from, to] = [roomOf(one.from, folder), roomOf(fileOf(one.to) ?? '', folder)];
    if (from === null || to === null || from === to) continue;
    arrows.set(from, (arrows.get(from) ?? new Map()).set(to, one));
  }
  const reachedFrom = (room: string, seen = new Set<string>()): Set<string> => {
    for (const next of arrows.get(room)?.keys() ?? []) if (!seen.has(next)) reachedFrom(next, seen.add(next));
    return seen;
  };
  return [...arrows].flatMap(([from, targets]) =>
    [...targets]
      .filter(([to]) => reachedFrom(to).has(from))
      .map(([to, { from: file, to: other }]) => `${from} -> ${to}: ${file} imports ${other}`),
  );
}

test.each(folders)(
  'in %s/ files and sub-folders stand on floors: no circle, and no arrow that runs back up',
  (folder) => {
    expect(circlesIn(folder)).toEqual([]);
  },
);

/** Exports that nobody imports by name: what the bundle of the workflows is made of is loaded whole. */
const ENTRIES = ['workflows/index.ts', 'workflows/trace-context.ts', 'web/vite.config.ts'];

test('every export is imported somewhere, if only by a test', () => {
  const used = new Map<string, Set<string>>();
  for (const { to, names } of allImports()) {
    const file = fileOf(to) ?? '';
    used.set(file, new Set([...(used.get(file) ?? []), ...names]));
  }
  const unused = product
    .filter((file) => !isIn(file, ENTRIES))
    .flatMap((file) => moduleOf(file).exports.map((name) => ({ file, name })))
    .filter(({ file, name }) => !used.get(file)?.has('*') && !used.get(file)?.has(name));
  expect(unused).toEqual([]);
});
