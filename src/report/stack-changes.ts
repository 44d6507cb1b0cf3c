/** What a deployment would change, for people: what is new, what differs and how, what goes; within 80 columns. */
import type { ChalkInstance } from 'chalk';
import wrapAnsi from 'wrap-ansi';

import { plainLine } from './plain-text.ts';

export type ChangeOperation = 'create' | 'update' | 'replace' | 'delete' | 'same';

export interface PropertyChange {
  /** `timeout`, `environment.variables.BUCKET_NAME`. */
  readonly path: string;
  /** JSON; absent where there was, or will be, nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface StackChange {
  readonly operation: ChangeOperation;
  /** Pulumi's token: `aws:lambda/function:Function`. */
  readonly type: string;
  /** As AWS knows it where it has a name, else the name in the stack. */
  readonly name: string;
  readonly properties: readonly PropertyChange[];
}

export interface StackTarget {
  readonly environment: string;
  readonly preset: string;
  readonly accountId: string;
  readonly region: string;
}

const WIDTH = 80;

const MARKS: Readonly<Record<ChangeOperation, string>> = {
  create: '+',
  update: '~',
  replace: '!',
  delete: '-',
  same: ' ',
};

const WORDS: Readonly<Record<ChangeOperation, string>> = {
  create: 'to create',
  update: 'to change',
  replace: 'to replace',
  delete: 'to delete',
  same: 'unchanged',
};

/** The same, once it was done. */
const DONE: Readonly<Record<ChangeOperation, string>> = {
  create: 'created',
  update: 'changed',
  replace: 'replaced',
  delete: 'deleted',
  same: 'unchanged',
};

/** In the order in which they are shown: what is lost first. */
const ORDER: readonly ChangeOperation[] = ['replace', 'delete', 'update', 'create'];

export function* renderStackChanges(
  changes: readonly StackChange[],
  { environment, preset, accountId, region }: StackTarget,
  chalk: ChalkInstance,
): Generator<string> {
  yield `${chalk.bold(`Stack ${environment}`)} (preset ${preset}) in account ${accountId}, ${region}\n`;
  yield `${countsOf(changes, chalk)}\n`;
  for (const operation of ORDER) {
    const ofKind = changes.filter((change) => change.operation === operation);
    if (ofKind.length === 0) continue;
    yield '\n';
    for (const change of ofKind.toSorted(byTypeAndName)) yield* changeLines(change, chalk);
  }
}

/** `78 to create, 2 to change, 40 unchanged`; once it was done, `78 created`. */
export function countsOf(changes: readonly StackChange[], chalk: ChalkInstance, done = false): string {
  const words = done ? DONE : WORDS;
  const counts = ([...ORDER, 'same'] as const).flatMap((operation) => {
    const count = changes.filter((change) => change.operation === operation).length;
    return count === 0 ? [] : [paint(operation, chalk)(`${count} ${words[operation]}`)];
  });
  return counts.length === 0 ? 'Nothing in it' : counts.join(', ');
}

function* changeLines({ operation, type, name, properties }: StackChange, chalk: ChalkInstance): Generator<string> {
  const short = shortType(type);
  const room = WIDTH - TYPE_WIDTH - 4;
  const shown = plainLine(name);
  const fits = shown.length <= room;
  yield `${paint(operation, chalk)(MARKS[operation])} ${fits ? `${short.padEnd(TYPE_WIDTH)} ${shown}\n` : `${short}\n    ${shown}\n`}`;
  if (operation !== 'update' && operation !== 'replace') return;
  for (const property of properties) yield* propertyLines(property);
}

const TYPE_WIDTH = 30;

/** `aws:lambda/function:Function` as Pulumi's users write it: `lambda.Function`. */
export function shortType(type: string): string {
  const [, module = '', name = type] = /^[^:]+:([^/:]+)(?:\/[^:]+)?:(.+)$/.exec(type) ?? [];
  return module === '' ? name : `${module}.${name}`;
}

function* propertyLines({ path, before, after }: PropertyChange): Generator<string> {
  const line = `${plainLine(path)}: ${shownValue(before)} -> ${shownValue(after)}`;
  const wrapped = wrapAnsi(line, WIDTH - 6, { hard: true, trim: false });
  yield `${wrapped
    .split('\n')
    .map((part, index) => `${index === 0 ? '    ' : '      '}${part.trimEnd()}`)
    .join('\n')}\n`;
}

/** Longer than this, a value tells nobody anything. */
const VALUE_LIMIT = 120;

function shownValue(value: unknown): string {
  if (value === undefined) return '(none)';
  const text = plainLine(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > VALUE_LIMIT ? `${text.slice(0, VALUE_LIMIT - 1)}…` : text;
}

function paint(operation: ChangeOperation, chalk: ChalkInstance): ChalkInstance {
  if (operation === 'create') return chalk.green;
  if (operation === 'update') return chalk.yellow;
  return operation === 'same' ? chalk.dim : chalk.red;
}

function byTypeAndName(one: StackChange, other: StackChange): number {
  const key = ({ type, name }: StackChange) => `${shortType(type)}\0${name}`;
  return key(one) < key(other) ? -1 : 1;
}

/** How many there are that do anything. */
export function effectiveChanges(changes: readonly StackChange[]): readonly StackChange[] {
  return changes.filter(({ operation }) => operation !== 'same');
}
