/** Words that are not used, each with the one that is. */
import { FOLDERS, isIn, read, sources } from './sources';

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
/** So do Vite and Playwright of their configurations. */
const TOOLS = ['web/vite.config.ts', 'test/e2e/playwright.config.ts'];
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
  {
    word: 'default export',
    pattern: /^export default /m,
    instead: 'a named export',
    in: FOLDERS,
    except: [...JEST_HOOKS, ...TOOLS],
  },
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
    instead: 'a part of infra/config',
    in: [...MONEY_PLACES, 'workers'],
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
  const self = 'test/tidy/words.test.ts';
  const files = sources.filter((file) => file !== self && isIn(file, places) && !isIn(file, except));
  expect(files.filter((file) => pattern.test(read(file)))).toEqual([]);
});
