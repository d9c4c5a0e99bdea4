/** Payers. */
import type { Db } from './connection';

export interface User {
  readonly id: string;
  readonly phone: string;
  /** Lower case. */
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly grade: string;
}

interface Row {
  id: string;
  phone: string;
  email: string;
  name: string;
  password_hash: string;
  grade: string;
}

const fromRow = ({ password_hash, ...row }: Row): User => ({ ...row, passwordHash: password_hash });
const COLUMNS = ['id', 'phone', 'email', 'name', 'password_hash', 'grade'] as const;

/** Adds a payer of the default grade, a member since `at`; undefined when the phone or the e-mail is another's. */
export async function addUser(db: Db, user: Omit<User, 'grade'>, at: Date): Promise<User | undefined> {
  const { passwordHash, ...rest } = user;
  const rows = await db<Row & { created_at: Date }>('users')
    .insert({ ...rest, password_hash: passwordHash, created_at: at })
    .onConflict()
    .ignore()
    .returning([...COLUMNS]);
  return rows[0] && fromRow(rows[0]);
}

/** The payer with this e-mail (lower case). */
export async function findUserByEmail(db: Db, email: string): Promise<User | undefined> {
  const row = await db<Row>('users')
    .where({ email })
    .whereNull('deleted_at')
    .first(...COLUMNS);
  return row && fromRow(row);
}

export async function findUser(db: Db, id: string): Promise<User | undefined> {
  const row = await db<Row>('users')
    .where({ id })
    .whereNull('deleted_at')
    .first(...COLUMNS);
  return row && fromRow(row);
}
