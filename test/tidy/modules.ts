/** What a source file imports, exports and defines, read from its syntax. */
import { posix } from 'node:path';
import { parseSync } from '@swc/core';
import { exists, lineCountOf, product, read, sources } from './sources';

export interface Import {
  /** Path of the importing file from the root. */
  readonly from: string;
  /** Path of the imported file from the root, without its ending as it is written. */
  readonly to: string;
  readonly typeOnly: boolean;
  /** The names taken from the other file; `*`: all of them, or nobody can tell which. */
  readonly names: readonly string[];
}

export interface Definition {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly lines: number;
}

export interface Module {
  readonly imports: readonly Import[];
  /** Names that the file defines and exports. */
  readonly exports: readonly string[];
  /** Functions with a body, named and nameless ones, each whole with those inside it. */
  readonly functions: readonly Definition[];
}

interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const textOf = (value: unknown): string => (value as { value?: string } | undefined)?.value ?? '';
const listOf = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

const known = new Map<string, Module>();

/** The module of a file, named by its path from the root. */
export function moduleOf(file: string): Module {
  const module = known.get(file) ?? readModule(file);
  known.set(file, module);
  return module;
}

function readModule(file: string): Module {
  const text = read(file);
  const body = parseSync(text, { syntax: 'typescript', tsx: file.endsWith('.tsx'), target: 'es2022' })
    .body as unknown as Node[];
  const bytes = Buffer.from(text);
  /** Spans count bytes from 1. */
  const lineAt = (position: number): number => lineCountOf(bytes.subarray(0, position - 1).toString()) + 1;
  const imports: Import[] = [];
  const functions: Definition[] = [];
  const visit = (node: Node, name: string): void => {
    const found = importOf(node, text);
    const to = found && pathOf(file, found.source);
    if (found && to) imports.push({ from: file, to, typeOnly: found.typeOnly, names: found.names });
    const own = nameOf(node) || name;
    if (FUNCTIONS.has(node.type) && node.body !== null) {
      const line = lineAt(node.span.start);
      functions.push({ name: own || 'nameless', line, lines: lineAt(node.span.end - 1) - line + 1 });
    }
    for (const value of Object.values(node)) for (const child of childrenOf(value)) visit(child, own);
  };
  for (const node of body) visit(node, '');
  return { imports, exports: body.flatMap(exportsOf), functions };
}

const FUNCTIONS = new Set([
  ...['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'],
  ...['MethodProperty', 'ClassMethod', 'PrivateMethod', 'Constructor'],
]);

/** Some lists wrap their nodes: arguments in `{ expression }`, parameters in `{ pat }`. */
function childrenOf(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(childrenOf);
  if (isNode(value)) return [value];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(childrenOf);
  return [];
}

function nameOf({ type, identifier, id, key }: Node): string {
  if (type === 'VariableDeclarator') return textOf(id);
  return textOf(identifier) || textOf(key);
}

/** Imports of our own files only; a package has no path. */
function pathOf(file: string, source: string): string | null {
  return source.startsWith('.') ? posix.join(posix.dirname(file), source) : null;
}

interface Found {
  readonly source: string;
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}

function importOf(node: Node, text: string): Found | null {
  const specifiers = listOf(node.specifiers);
  switch (node.type) {
    case 'ImportDeclaration': {
      const typeOnly = Boolean(node.typeOnly) || (specifiers.length > 0 && specifiers.every((one) => one.isTypeOnly));
      return { source: textOf(node.source), typeOnly, names: specifiers.flatMap((one) => namesOf(one, text)) };
    }
    case 'ExportNamedDeclaration':
      return {
        source: textOf(node.source),
        typeOnly: Boolean(node.typeOnly),
        names: specifiers.map(({ orig }) => textOf(orig)),
      };
    case 'ExportAllDeclaration':
      return { source: textOf(node.source), typeOnly: false, names: ['*'] };
    case 'TsImportType':
      return { source: textOf(node.argument), typeOnly: true, names: ['*'] };
    case 'CallExpression': {
      const [argument] = node.arguments as { expression?: unknown }[];
      const dynamic = (node.callee as Node | undefined)?.type === 'Import';
      return dynamic ? { source: textOf(argument?.expression), typeOnly: false, names: ['*'] } : null;
    }
    default:
      return null;
  }
}

/** Of `import * as name` the members that are read; all, when it is handed on whole. */
function namesOf({ type, imported, local }: Node, text: string): string[] {
  if (type === 'ImportSpecifier') return [textOf(imported) || textOf(local)];
  const members = [...text.matchAll(new RegExp(`\\b${textOf(local)}\\.(\\w+)`, 'g'))].map(([, name = '']) => name);
  return members.length > 0 ? members : ['*'];
}

function exportsOf(node: Node): string[] {
  if (node.type === 'ExportNamedDeclaration')
    return listOf(node.specifiers).map(({ exported, orig }) => textOf(exported) || textOf(orig));
  if (node.type !== 'ExportDeclaration' || !isNode(node.declaration)) return [];
  const { declaration } = node;
  const variables = listOf(declaration.declarations).map(({ id }) => textOf(id));
  return [...variables, textOf(declaration.identifier) || textOf(declaration.id)].filter(Boolean);
}

/** The file that an import leads to; null when there is none. */
export function fileOf(to: string): string | null {
  return (
    [to, `${to}.ts`, `${to}.tsx`, `${to}.d.ts`, `${to}/index.ts`].find(
      (path) => /\.(tsx?|css)$/.test(path) && exists(path),
    ) ?? null
  );
}

/** Every import of one file of the house by another. */
export const allImports = (): Import[] => sources.flatMap((file) => moduleOf(file).imports);

/** The same, within the product. */
export const productImports = (): Import[] => product.flatMap((file) => moduleOf(file).imports);
