/** What a change is about, part by part, as JSON: what it was, what it is to be, what it is now. */
import { isDeepStrictEqual } from 'node:util';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The parts of a resource that a change touches, by name, and nothing else of it. `null` is a part that is not there: a
 * tag, a rule of a group.
 */
export type State = Readonly<Record<string, Json>>;

/** True where both say the same, whatever the order of their keys. */
export function sameState(a: State, b: State): boolean {
  return samePart(a, b);
}

/**
 * The parts of `now` that are neither as they were before a change nor as they were after it: someone else has had a
 * hand in them. A change that was cut short half way leaves none.
 */
export function foreignParts(now: State, before: State, after: State): string[] {
  return Object.keys(after).filter((name) => !samePart(now[name], before[name]) && !samePart(now[name], after[name]));
}

/** The parts of `to` that are not so in `from`: what is left to be done. */
export function partsToChange(from: State, to: State): string[] {
  return Object.keys(to).filter((name) => !samePart(from[name], to[name]));
}

/** `name: value, name: value`, for people; what is not there is `none`, and of what is nested the innermost is told. */
export function stateText(state: State): string {
  return Object.entries(state)
    .map(([name, value]) => `${name}: ${leavesOf('', value).join(' ')}`)
    .join(', ');
}

/** `key=value` for each value inside, or the value itself. */
function leavesOf(key: string, value: Json): string[] {
  if (Array.isArray(value)) return leavesOf(key, value.map((element) => leavesOf('', element).join(' ')).join('+'));
  if (value !== null && typeof value === 'object') {
    return Object.entries(value).flatMap(([inner, one]) => leavesOf(inner, one));
  }
  const blank = typeof value === 'string' && value.trim() === '';
  const text = value === null ? 'none' : blank ? JSON.stringify(value) : String(value);
  return [key === '' ? text : `${key}=${text}`];
}

/** Through JSON, which is what a record of it went through. */
function samePart(a: Json | undefined, b: Json | undefined): boolean {
  return isDeepStrictEqual(asRecorded(a), asRecorded(b));
}

function asRecorded(value: Json | undefined): unknown {
  return JSON.parse(JSON.stringify(value ?? null));
}
