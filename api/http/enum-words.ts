/** Enumerations in the document, with what people read for each of their values. */
import { WORD_TABLES } from '../../workflows/domain/words/all';
import type { Words } from '../../workflows/domain/words/words';

const TABLES: readonly (readonly [name: string, table: Readonly<Record<string, Words>>])[] =
  Object.entries(WORD_TABLES);

interface WordedSchema {
  enum?: readonly unknown[];
  description?: string;
  'x-enum-descriptions'?: readonly string[];
}

/**
 * Writes their words (workflows/domain/words) to all enumerations below the value: those whose values are exactly the
 * words of one table.
 */
export function addEnumWords(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as WordedSchema;
  if (Array.isArray(schema.enum)) describe(schema, schema.enum);
  for (const inner of Object.values(value)) addEnumWords(inner);
}

function describe(schema: WordedSchema, values: readonly unknown[]): void {
  const words = values.filter((value): value is string => typeof value === 'string');
  const found = TABLES.find(([, table]) => isSame(words, Object.keys(table)));
  if (!found) return;
  const [name, table] = found;
  const meanings = words.map((word) => `\`${word}\`: ${table[word]?.ko} · ${table[word]?.en}`);
  const before = schema.description ? [schema.description] : [];
  schema.description = [...before, `Words (\`${name}\` of GET /v1/words):`, ...meanings].join('\n\n');
  // Beside `enum`, value for value.
  schema['x-enum-descriptions'] = values.map((value) => (typeof value === 'string' ? (table[value]?.en ?? '') : ''));
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word) => b.includes(word));
