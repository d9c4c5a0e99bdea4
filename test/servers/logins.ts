import type { LoginPasswords } from '../../infra/local/logins';

/** Of the users of every test database. */
export const LOGIN_PASSWORDS: LoginPasswords = { app: 'app', read: 'read', retention: 'retention' };
