/** How two versions of a resource differ, property by property, as people would say it. */

export interface PropertyChange {
  /** `timeout`, `environment.variables.BUCKET_NAME`, `policy.Statement[0].Action`. */
  readonly path: string;
  /** JSON; absent where there was nothing. */
  readonly before?: unknown;
  /** JSON; absent where there will be nothing. */
  readonly after?: unknown;
  /** Cannot be changed in place. */
  readonly replaces?: true;
}

type Properties = Readonly<Record<string, unknown>>;

/** What stands where a secret is. */
export const SECRET = '[secret]';
/** What stands where AWS has yet to say. */
const LATER = '(known after deployment)';

/** pulumi/sdk/go/common/resource: how a value of Pulumi's own kinds is marked, and of which kind it is. */
const KIND = '4dabf18193072939515e22adb298388d';
const SECRET_KIND = '1b47061264138c4ac30d75fd1eb44270';
const ASSET_KINDS: ReadonlySet<unknown> = new Set([
  'c44067f5952c0a294b673a41bacd8c17',
  '0def7320c3a5731c473e5ecbe6d01bc7',
]);

/** pulumi/sdk/go/common/resource/plugin/rpc.go: one for each type that a value may come to have. */
const UNKNOWN: ReadonlySet<unknown> = new Set([
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]);

/** What was not written in the program: the mark of a kind, and what the Terraform bridge notes for itself. */
const NOT_OWN: ReadonlySet<string> = new Set([KIND, '__defaults', '__meta']);

/** Whether AWS has yet to say what this is. */
export function isUnknown(value: unknown): boolean {
  return UNKNOWN.has(value);
}

/**
 * Every value that differs, by its place. JSON documents are compared by what they say, code by its hash, and of a secret
 * no more is told than that it is one.
 */
export function diffProperties(before: Properties, after: Properties): PropertyChange[] {
  return [...differences('', shown(before), shown(after))];
}

/** A value as it may be shown: no secrets, no code, none of the marks that the engine leaves. */
export function shown(value: unknown): unknown {
  if (isUnknown(value)) return LATER;
  if (typeof value === 'string') {
    const document = jsonDocument(value);
    return document === undefined ? value : shown(document);
  }
  if (Array.isArray(value)) return value.map(shown);
  if (!isRecord(value)) return value;
  if (value[KIND] === SECRET_KIND) return SECRET;
  if (ASSET_KINDS.has(value[KIND])) return `code ${String(value['hash']).slice(0, 12)}`;
  const own = Object.entries(value).filter(([key]) => !NOT_OWN.has(key));
  return Object.fromEntries(own.map(([key, one]) => [key, shown(one)]));
}

/** The value at a path of the engine's, `a.b[0]["c.d"]`; `undefined` where there is none. */
export function valueAt(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const [, index, quoted, key] of path.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    const step = index ?? quoted ?? key ?? '';
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isRecord(value)) value = value[step];
    else return undefined;
  }
  return value;
}

function* differences(path: string, before: unknown, after: unknown): Generator<PropertyChange> {
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences(join(path, key), before[key], after[key]);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index += 1) {
      yield* differences(`${path}[${index}]`, before[index], after[index]);
    }
    return;
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  yield {
    path,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  };
}

function join(path: string, key: string): string {
  if (!/^[\w$:/-]+$/.test(key)) return `${path}["${key}"]`;
  return path === '' ? key : `${path}.${key}`;
}

/** Objects and lists alone: `"true"` and `"17"` are text. */
function jsonDocument(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
