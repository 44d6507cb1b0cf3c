import type { Call } from '../../aws/call.ts';
import { awsErrorNamed, present } from '../../aws/errors.ts';
import { requestIdOf } from '../../aws/request-id.ts';
import { known, tagMap } from '../../engine/model.ts';
import type { Ec2Instance, Tags } from '../../engine/model.ts';
import { fromInstance } from '../../inventory/collectors/ec2-instances.ts';
import { listedTags } from '../../inventory/tags.ts';
import { defineAction } from '../action.ts';
import type { ActionContext, Live } from '../action.ts';
import type { Target } from '../change.ts';
import { partsToChange } from '../state.ts';
import type { State } from '../state.ts';

const ANY_INSTANCE = 'arn:{partition}:ec2:{region}:{account}:instance/*';

const DESCRIBE_INSTANCES: Call = {
  operation: 'DescribeInstances',
  action: 'ec2:DescribeInstances',
  resource: null,
};
const CREATE_TAGS: Call = { operation: 'CreateTags', action: 'ec2:CreateTags', resource: ANY_INSTANCE };
const DELETE_TAGS: Call = { operation: 'DeleteTags', action: 'ec2:DeleteTags', resource: ANY_INSTANCE };

/** Missing tags are added, with the values that the settings give; what someone wrote is never replaced. */
export const ec2RequiredTags = defineAction({
  id: 'ec2-required-tags',
  rule: 'ec2-required-tags',
  calls: { read: [DESCRIBE_INSTANCES], apply: [CREATE_TAGS], undo: [CREATE_TAGS, DELETE_TAGS] },

  async read(target, context) {
    return readInstance(target, context);
  },

  plan(
    { resource, detail: tags }: { resource: Ec2Instance; detail: Tags },
    { settings: { values }, parameters, judge },
  ) {
    const { tags: required } = parameters as { readonly tags: readonly string[] };
    const missing = required.filter((key) => (tags[key] ?? '').trim() === '');
    // A tag may be called `constructor`: only a value that was set counts.
    const added = missing.flatMap((key): [string, string][] => {
      const value = Object.hasOwn(values, key) ? values[key] : undefined;
      return value === undefined ? [] : [[key, value]];
    });
    if (missing.length === 0) {
      return { why: 'by-hand', message: 'No tag is missing, and a value that someone wrote is never replaced.' };
    }
    const left = missing.filter((key) => !added.some(([name]) => name === key));
    if (added.length === 0) {
      return { why: 'needs-parameter', message: `No value is configured for ${left.join(', ')}.` };
    }
    const verdict = judge({ ...resource, tags: known(tagMap([...Object.entries(tags), ...added])) });
    return {
      before: Object.fromEntries(added.map(([key]) => [key, tags[key] ?? null])),
      after: Object.fromEntries(added),
      reversible: true,
      permissions: [CREATE_TAGS.action],
      cautions: verdict.status === 'FAIL' ? [`It will still fail: ${verdict.message}`] : [],
    };
  },

  async current(target, parts, context) {
    const live = await readInstance(target, context);
    if (live === undefined) return undefined;
    const { detail: tags } = live;
    return Object.fromEntries(Object.keys(parts).map((key) => [key, tags[key] ?? null]));
  },

  async write(target, { from, to }, { clients, signal: abortSignal }) {
    const { CreateTagsCommand, DeleteTagsCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await clients.ec2();
    const Resources = [target.id];
    const changed = partsToChange(from, to);
    const set = changed.flatMap((key) => asTag(key, to));
    // With its value, a tag is deleted only where it still has it.
    const removed = changed.filter((key) => to[key] === null).flatMap((key) => asTag(key, from));
    const requestIds: string[] = [];
    if (set.length > 0) {
      const request = new CreateTagsCommand({ Resources, Tags: set });
      requestIds.push(...requestIdOf(await ec2.send(request, { abortSignal })));
    }
    if (removed.length > 0) {
      const request = new DeleteTagsCommand({ Resources, Tags: removed });
      requestIds.push(...requestIdOf(await ec2.send(request, { abortSignal })));
    }
    return requestIds;
  },
});

async function readInstance(
  target: Target,
  { clients, scope, signal }: ActionContext,
): Promise<Live<Tags> | undefined> {
  const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2');
  const ec2 = await clients.ec2();
  try {
    const request = new DescribeInstancesCommand({ InstanceIds: [target.id] });
    const { Reservations } = await ec2.send(request, { abortSignal: signal });
    // An instance that was terminated a while ago is left out, and then there is no reservation either.
    const instance = present(Reservations, 'reservationSet')[0]?.Instances?.[0];
    if (instance === undefined) return undefined;
    return { resource: fromInstance(instance, scope), detail: listedTags(instance.Tags).value };
  } catch (error) {
    if (awsErrorNamed(error, 'InvalidInstanceID.NotFound')) return undefined;
    throw error;
  }
}

function asTag(Key: string, state: State): { Key: string; Value: string }[] {
  const Value = state[Key];
  return typeof Value === 'string' ? [{ Key, Value }] : [];
}
