/** Comparing KMS keys as people and AWS write them. */
import { z } from 'zod';

/** The parameter `key`: one key or several, each the ARN or the bare id of a KMS key. */
export const kmsKeys = z.union([kmsKey(), z.array(kmsKey()).min(1)]);

function kmsKey() {
  return z.string().regex(/^(arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/)?(mrk-)?[0-9a-f-]{32,36}$/, {
    error: 'is neither the ARN nor the id of a KMS key (an alias cannot be compared)',
  });
}

/**
 * Whether a resource's key is one of those that are asked for; `undefined` where that cannot be told, since the resource
 * names its key by an alias, which may stand for any key.
 */
export function usesKey(actual: string, wanted: string | readonly string[]): boolean | undefined {
  if (/(^|:)alias\//.test(actual)) return undefined;
  return [wanted]
    .flat()
    .some((key) => key === actual || (lastPart(key) === lastPart(actual) && !(isArn(key) && isArn(actual))));
}

function isArn(key: string): boolean {
  return key.startsWith('arn:');
}

/** The bare id: what stands after `key/` in an ARN. */
function lastPart(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
