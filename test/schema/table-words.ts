/** The shape of the words of docs/database.md. */

/** A table: one line of purpose, and its columns beyond those that mean the same everywhere (`COMMON`). */
export interface TableWords {
  readonly purpose: string;
  readonly columns: Readonly<Record<string, string>>;
  /** Columns in the clear that tell something of a person. */
  readonly personal?: readonly string[];
}
export type GroupWords = Readonly<Record<string, TableWords>>;
