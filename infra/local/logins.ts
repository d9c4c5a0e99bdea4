/** Who logs in to a PostgreSQL of ours, as a DBA makes them in production (docs/configuration.md). */
import { Client } from 'pg';

const LOGINS = {
  app: { login: 'plic_app_login', grant: 'grant plic_app to plic_app_login' },
  read: {
    login: 'plic_read_login',
    grant: 'grant plic_read to plic_read_login; alter role plic_read_login set default_transaction_read_only = on',
  },
  retention: {
    login: 'plic_retention_login',
    grant: 'grant plic_retention to plic_retention_login with inherit false, set true',
  },
} as const;
type LoginName = keyof typeof LOGINS;
const NAMES = Object.keys(LOGINS) as LoginName[];

export type LoginPasswords = Readonly<Record<LoginName, string>>;

/** The same database, by each login. */
export function loginUrls(ownerUrl: string, passwords: LoginPasswords): Record<LoginName, string> {
  const urlOf = (name: LoginName): string => {
    const url = new URL(ownerUrl);
    Object.assign(url, { username: LOGINS[name].login, password: encodeURIComponent(passwords[name]) });
    return url.href;
  };
  return { app: urlOf('app'), read: urlOf('read'), retention: urlOf('retention') };
}

/** Any constant of our own. */
const LOGINS_LOCK = 7_201_004;

/**
 * Makes those that are missing, and sets their passwords; the migrations, which make their roles, have run before.
 * `ownerUrl`: a superuser's. Others that do so by the same database at once are waited for.
 */
export async function makeLogins(ownerUrl: string, passwords: LoginPasswords): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  client.on('error', () => undefined); // also reported by the call that was under way
  try {
    await client.connect();
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [LOGINS_LOCK]);
    for (const name of NAMES) {
      const { login, grant } = LOGINS[name];
      const { rowCount } = await client.query('select from pg_roles where rolname = $1', [login]);
      if (rowCount === 0) await client.query(`create role ${login}`);
      await client.query(`alter role ${login} login password ${client.escapeLiteral(passwords[name])}; ${grant}`);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}
