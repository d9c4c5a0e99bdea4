import { randomBytes } from 'node:crypto';
import { type Db, openDb } from '../../db/connection';
import { grantRights } from '../../db/rights/grant';
import { loginUrls } from '../../infra/local/logins';
import { LOGIN_PASSWORDS } from './logins';
import { testStack } from './stack';

export interface TestDatabase {
  /** As its owner, a superuser. */
  readonly url: string;
  readonly db: Db;
  /** As the house's own users reach it, once it is migrated. */
  readonly logins: ReturnType<typeof loginUrls>;
  /** Closes `db` and drops the database, whoever else is still connected. */
  drop(): Promise<void>;
}

async function onServer(statement: string): Promise<void> {
  const admin = openDb({ databaseUrl: testStack().postgresUrl, poolMax: 1 });
  try {
    await admin.raw(statement);
  } finally {
    await admin.destroy();
  }
}

/** A database of one's own: a clone of the migrated template, or an empty one. */
export async function testDatabase(from: 'template' | 'empty' = 'template'): Promise<TestDatabase> {
  const { postgresUrl, template } = testStack();
  const name = `plic_${randomBytes(6).toString('hex')}`;
  const source = from === 'template' ? template : 'template0';
  await onServer(`create database ${name} template ${source} strategy file_copy`); // dearer only where there is much to flush
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const db = openDb({ databaseUrl: url.href, poolMax: 10 });
  if (from === 'template') await grantRights(db); // those on the database itself are not cloned
  return {
    url: url.href,
    db,
    logins: loginUrls(url.href, LOGIN_PASSWORDS),
    async drop() {
      await db.destroy();
      await onServer(`drop database ${name} with (force)`);
    },
  };
}
