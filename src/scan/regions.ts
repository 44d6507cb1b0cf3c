/** Which regions to read: asked for, or found out where every AWS tool looks. */
import { UserError } from '../user-error.ts';

/** Where nothing says otherwise. */
export const DEFAULT_REGION = 'us-east-1';

/**
 * A list of regions from `eu-west-1,us-east-1`, each once.
 *
 * @throws UserError `BAD_REGION` for a name that no region can have
 */
export function parseRegions(text: string): string[] {
  return regionsIn(text, [
    'Name regions as AWS does, separated by commas: --region eu-west-1,us-east-1',
    'Pass --all-regions to read every enabled one',
  ]);
}

/**
 * The one region of a command that is about one.
 *
 * @param several what is said where the text names more than one
 * @throws UserError `BAD_REGION` for a name that no region can have, `SEVERAL_REGIONS`
 */
export function parseRegion(
  text: string,
  several: { readonly message: string; readonly suggestions: string[] },
): string {
  const [region = '', ...more] = regionsIn(text, ['Name it as AWS does: --region eu-west-1']);
  if (more.length === 0) return region;
  throw new UserError(several.message, { code: 'SEVERAL_REGIONS', suggestions: several.suggestions });
}

function regionsIn(text: string, suggestions: string[]): string[] {
  const regions = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (regions.length === 0) throw badRegion(text, suggestions);
  for (const region of regions) {
    if (!/^[a-z]{2,}(-[a-z]+)+-\d{1,2}$/.test(region)) throw badRegion(region, suggestions);
  }
  return [...new Set(regions)];
}

/** The region of the AWS environment or profile, or `undefined` where neither names one. */
export async function ambientRegion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const fromEnvironment = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (fromEnvironment !== undefined && fromEnvironment !== '') return fromEnvironment;
  const { loadSharedConfigFiles } = await import('@smithy/core/config');
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const profile = env['AWS_PROFILE'] ?? 'default';
  return configFile[profile]?.['region'] ?? credentialsFile[profile]?.['region'];
}

function badRegion(region: string, suggestions: string[]): UserError {
  return new UserError(
    { typed: region, say: (name) => `${region === '' ? 'An empty name' : name} is not the name of a region.` },
    { code: 'BAD_REGION', suggestions },
  );
}
