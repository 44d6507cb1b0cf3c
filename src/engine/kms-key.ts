/** KMS keys, as parameters name them and as resources do. */
import * as z from 'zod';

const NO_KEY = 'is neither the ARN nor the id of a KMS key; an alias may point at another key tomorrow';

/** The ARN of a key or its bare id. */
export const singleKey = z
  .string()
  .regex(/^(?:arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/)?[A-Za-z0-9-]+$/, { error: NO_KEY });

/** The parameter that names the keys to use: one, or a list of which one must be used. */
export const keyParameter = z.union([singleKey, z.array(singleKey).min(1)]);

/** One key or several, as a list. */
export function keyList(parameter: z.infer<typeof keyParameter>): readonly string[] {
  return [parameter].flat();
}

/**
 * Whether the key that a resource names - by ARN or by id - is one of `allowed`; `undefined` where it names an alias,
 * which only KMS could resolve. ARNs are compared whole; where either side is a bare id, the ids are.
 */
export function isAmong(configured: string, allowed: readonly string[]): boolean | undefined {
  if (/(?:^|:)alias\//.test(configured)) return undefined;
  return allowed.some((one) => (isArn(one) && isArn(configured) ? one === configured : idOf(one) === idOf(configured)));
}

function isArn(name: string): boolean {
  return name.startsWith('arn:');
}

function idOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
