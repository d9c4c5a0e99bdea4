/** The port of what keeps data keys, wrapped (db/data-keys.ts). */
import type { KeyPurpose, WrappedKey } from './master-key';

export interface DataKeyRow extends WrappedKey {
  readonly id: string;
  readonly purpose: KeyPurpose;
  readonly createdAt: Date;
}

export interface DataKeyStore {
  /** The youngest of the purpose that was made at `since` or later, and is not retired. */
  youngest(purpose: KeyPurpose, since: Date): Promise<DataKeyRow | undefined>;
  /** Keeps the key, unless another of its purpose was made at `unlessSince` or later; answers with whichever it is. */
  add(key: DataKeyRow, unlessSince: Date | null): Promise<DataKeyRow>;
  /** Undefined: there is none, or it is retired. */
  byId(id: string): Promise<DataKeyRow | undefined>;
}
