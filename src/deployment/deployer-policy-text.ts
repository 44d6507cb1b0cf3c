/** `deploy --print-iam-policy`: what deploying and destroying one stack takes, printed without asking AWS for anything. */
import { loadSettings } from '../config/load.ts';
import { deployerPolicy } from '../stack/deployer-policy.ts';
import { planStack, requireEnvironment } from '../stack/plan-stack.ts';
import type { PolicyStatement } from '../stack/spec.ts';
import { stackRegion } from './place.ts';

export interface PolicyFlags {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
}

/** @throws UserError where the flags or the settings cannot be followed */
export async function deployerPolicyText(
  { environment: name, config: file, region: flag }: PolicyFlags,
  ambient: { readonly env: NodeJS.ProcessEnv; readonly directory: string; readonly now: Date },
): Promise<string> {
  const environment = requireEnvironment(name);
  const { configuration, settings } = loadSettings({ file, environment, ...ambient });
  const { region } = await stackRegion(flag, configuration, ambient.env);
  // Which account and partition it is for is not known before AWS is asked; a policy holds in its own account only.
  const place = { partition: '*', accountId: '*', region };
  const { spec } = planStack({ environment, place, configuration, settings, now: ambient.now });
  const document = { Version: '2012-10-17', Statement: deployerPolicy(spec).map(printed) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function printed({ sid, effect, actions, resources, conditions }: PolicyStatement): object {
  return {
    Sid: sid,
    Effect: effect,
    Action: actions,
    Resource: resources,
    ...(conditions !== undefined && { Condition: conditions }),
  };
}
