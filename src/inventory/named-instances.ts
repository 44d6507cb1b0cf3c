/** Instances asked for by id: what an event is about, as it is now. */
import { mapConcurrently } from '../aws/concurrency.ts';
import type { Ec2Instance } from '../engine/model.ts';
import { instancePages } from './collectors/ec2-instances.ts';
import type { CollectContext } from './collector.ts';

const CALLS_AT_ONCE = 5;

type Context = Pick<CollectContext, 'clients' | 'scope' | 'signal'>;

/**
 * The instances of these ids, in one call where EC2 knows them all. It refuses a call that names an instance that is gone,
 * or never was, and says which: the others are asked for again.
 *
 * @returns those that there are, by id
 * @throws what the call throws for any other reason
 */
export async function namedInstances(ids: readonly string[], context: Context): Promise<Map<string, Ec2Instance>> {
  const instances = await describe([...new Set(ids)], context);
  return new Map(instances.map((instance) => [instance.id, instance]));
}

async function describe(ids: readonly string[], context: Context): Promise<Ec2Instance[]> {
  // An empty list of ids would be every instance there is.
  if (ids.length === 0) return [];
  try {
    const instances: Ec2Instance[] = [];
    for await (const page of instancePages(context, { InstanceIds: [...ids] })) instances.push(...page);
    return instances;
  } catch (error) {
    const { name, message } = error as Error;
    if (!NO_SUCH_INSTANCE.has(name)) throw error;
    if (ids.length === 1) return [];
    const refused = new Set(message.match(/\bi-\w+/g));
    const others = ids.filter((id) => !refused.has(id));
    if (others.length < ids.length) return describe(others, context);
    // It names none of them: each for itself, then.
    return (await mapConcurrently(ids, CALLS_AT_ONCE, (id) => describe([id], context))).flat();
  }
}

/** What EC2 says of ids (docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html). */
const NO_SUCH_INSTANCE = new Set(['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed']);
