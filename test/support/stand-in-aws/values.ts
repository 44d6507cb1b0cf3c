/** Properties as they travel between the engine and a provider. */
import struct from 'google-protobuf/google/protobuf/struct_pb.js';

import type { Properties, Property, ResourceType } from './resource-type.ts';

// @pulumi/pulumi does not export these of its protocol; they are the same in every SDK.
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
export const SIGNATURE = '4dabf18193072939515e22adb298388d';
export const ASSET = 'c44067f5952c0a294b673a41bacd8c17';
export const ARCHIVE = '0def7320c3a5731c473e5ecbe6d01bc7';

type Struct = struct.Struct;

/** Without it there are no properties: the engine leaves an empty struct out. */
export function fromStruct(given: Struct | undefined): Properties {
  return given?.toJavaScript() ?? {};
}

export function toStruct(properties: Properties): Struct {
  return struct.Struct.fromJavaScript(given(properties) as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

/** Without what is `undefined`, which the protocol does not know. */
function given(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(given);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, given(inner)]),
  );
}

export function isMap(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a preview does not know it yet, or not all of it. */
export function isUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(isUnknown);
  return isMap(value) && Object.values(value).some(isUnknown);
}

/**
 * The names of the properties that are not as the program wants them.
 *
 * @param wanted what the program gives now
 * @param given what it gave last
 * @param state what AWS had when it was last looked at
 */
export function differences(type: ResourceType, wanted: Properties, given: Properties, state: Properties): string[] {
  return Object.entries(type.properties).flatMap(([name, property]) =>
    differs(property, wanted[name], given[name], state[name]) ? [name] : [],
  );
}

function differs(property: Property, wanted: unknown, given: unknown, state: unknown): boolean {
  // What the program does not speak of, and did not, is left to AWS.
  if (wanted === undefined && given === undefined) return false;
  if (isUnknown(wanted)) return true;
  switch (property.compare) {
    case 'document':
      return !sameDocument(wanted, state);
    case 'set':
      return sorted(wanted) !== sorted(state);
    case 'exact':
      return !(isEmpty(wanted) && isEmpty(state)) && canonical(wanted) !== canonical(state);
    default:
      return !holds(state, wanted, given);
  }
}

/** Whether AWS has all that is wanted, and nothing that was given once and is wanted no more. */
function holds(state: unknown, wanted: unknown, given: unknown): boolean {
  if (isEmpty(wanted) && isEmpty(state)) return true;
  if (isMap(wanted) && wanted[SIGNATURE] !== undefined) {
    return isMap(state) && wanted['hash'] !== undefined && wanted['hash'] === state['hash'];
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(state) || state.length !== wanted.length) return false;
    // Lists of names are sets to AWS.
    if (wanted.every((item) => typeof item === 'string')) return sorted(wanted) === sorted(state);
    const before: readonly unknown[] = Array.isArray(given) && given.length === wanted.length ? given : [];
    return wanted.every((item, index) => holds(state[index], item, before[index]));
  }
  if (isMap(wanted)) {
    if (!isMap(state)) return false;
    const before = isMap(given) ? given : {};
    const names = new Set([...Object.keys(wanted), ...Object.keys(before)]);
    return [...names].every((name) => holds(state[name], wanted[name], before[name]));
  }
  return wanted === state;
}

/** What Terraform, which the provider is made of, cannot tell from nothing. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) && Object.values(value).every(isEmpty);
}

/** Whether two texts are the same JSON document, the order of keys aside. */
export function sameDocument(one: unknown, other: unknown): boolean {
  if (isEmpty(one) || isEmpty(other)) return isEmpty(one) && isEmpty(other);
  try {
    return canonical(JSON.parse(String(one))) === canonical(JSON.parse(String(other)));
  } catch {
    return one === other;
  }
}

/** A list as text, whatever its order. */
export function sorted(value: unknown): string {
  return Array.isArray(value)
    ? value
        .map((item) => canonical(item))
        .toSorted()
        .join()
    : '';
}

/** A value as text, whatever the order of its keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isMap(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
