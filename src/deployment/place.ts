/** Which account and region a stack is of: decided before anything is planned. */
import { openOwnAccount } from '../aws/accounts.ts';
import type { Account } from '../aws/accounts.ts';
import type { Configuration } from '../config/schema.ts';
import { ambientRegion, DEFAULT_REGION, parseRegion } from '../scan/regions.ts';
import type { Place } from '../stack/spec.ts';

export interface StackRegion {
  readonly region: string;
  /** Said where nobody chose it. */
  readonly note?: string;
}

/**
 * The flag, then the AWS environment or profile, then the configuration, then the preset, then us-east-1.
 *
 * @throws UserError `BAD_REGION`, `SEVERAL_REGIONS` where the flag names more than one
 */
export async function stackRegion(
  flag: string | undefined,
  { regions, stack }: Pick<Configuration, 'regions' | 'stack'>,
  env: NodeJS.ProcessEnv,
): Promise<StackRegion> {
  if (flag !== undefined) {
    const region = parseRegion(flag, {
      message: 'A stack lies in one region, and --region names several.',
      suggestions: ['Name one with --region', 'Set regions in compliancectl.yaml to have the stack read several'],
    });
    return { region };
  }
  const given = (await ambientRegion(env)) ?? regions?.[0] ?? stack?.region;
  return given === undefined
    ? { region: DEFAULT_REGION, note: `No region was given: the stack lies in ${DEFAULT_REGION}.` }
    : { region: given };
}

/** @throws UserError where the credentials at hand are no good, as `openOwnAccount` says */
export async function openPlace(
  region: string,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<{ readonly place: Place; readonly account: Account }> {
  const account = await openOwnAccount({ region, env, signal });
  return { place: { partition: account.partition, accountId: account.accountId, region }, account };
}
