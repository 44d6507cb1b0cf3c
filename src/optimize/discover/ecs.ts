import type { CapacityProviderStrategyItem, Service, TaskDefinition } from '@aws-sdk/client-ecs';

import { mapConcurrently } from '../../aws/concurrency.ts';
import { awsErrorNamed, MalformedAnswerError, present } from '../../aws/errors.ts';
import { known, notCollected, tagMap } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import { DESCRIBE_SERVICES, DESCRIBE_TASK_DEFINITION, LIST_CLUSTERS, LIST_SERVICES } from '../calls.ts';
import type { FargateService, TaskSize } from '../model.ts';
import type { Selection } from '../selection.ts';
import { CALLS_AT_ONCE, Findings } from './findings.ts';
import type { DiscoveryContext } from './findings.ts';
import { readFact } from './read-fact.ts';
import { scalingFacts, TASKS } from './scaling-limits.ts';

/** What DescribeServices takes at most. */
const SERVICES_AT_ONCE = 10;

/** GB that a task on Fargate has where its definition says nothing: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html */
const DEFAULT_EPHEMERAL_GB = 20;

/** What a cluster is asked for. */
interface Cluster {
  readonly arn: string;
  readonly name: string;
  /** ARNs of the services that may be of the environment. */
  readonly services: readonly string[];
}

/** The services of the environment, whatever they run on. */
export async function discoverEcs(selection: Selection, context: DiscoveryContext): Promise<Findings<FargateService>> {
  const findings = new Findings<FargateService>('ecs', 'ECS services', context);
  const arns = await listClusters(findings, context);
  const clusters = await mapConcurrently(arns, CALLS_AT_ONCE, (arn) => listServices(arn, selection, findings, context));
  const chunks = clusters.flatMap((cluster) => inChunks(cluster));
  const listed = await mapConcurrently(chunks, CALLS_AT_ONCE, (chunk) => describe(chunk, selection, findings, context));
  findings.found.push(...(await inDetail(listed.flat(), context)));
  return findings;
}

async function listClusters(findings: Findings<FargateService>, context: DiscoveryContext): Promise<string[]> {
  const arns: string[] = [];
  await findings.listing(LIST_CLUSTERS, 'Which ECS clusters there are', async () => {
    const { paginateListClusters } = await import('@aws-sdk/client-ecs');
    const client = await context.clients.ecs();
    for await (const page of paginateListClusters({ client, pageSize: 100 }, {}, { abortSignal: context.signal })) {
      arns.push(...present(page.clusterArns, 'clusterArns'));
    }
  });
  return arns;
}

/** By name alone, as far as names can tell. */
async function listServices(
  arn: string,
  selection: Selection,
  findings: Findings<FargateService>,
  { clients, signal }: DiscoveryContext,
): Promise<Cluster> {
  const name = lastPart(arn);
  const services: string[] = [];
  const list = async () => {
    const { paginateListServices } = await import('@aws-sdk/client-ecs');
    const client = await clients.ecs();
    const pages = paginateListServices({ client, pageSize: 100 }, { cluster: arn }, { abortSignal: signal });
    for await (const page of pages) {
      const all = present(page.serviceArns, 'serviceArns');
      const own = all.filter((service) => {
        const names = namesOf(name, lastPart(service));
        const choice = selection.choose({ names });
        return selection.byTags ? choice !== 'other' : findings.takes(choice, names[0]);
      });
      services.push(...own);
      findings.progress(all.length, selection.byTags ? 0 : own.length);
    }
  };
  await findings.listing(LIST_SERVICES, 'Which ECS services there are', list, isClusterGone);
  return { arn, name, services };
}

function inChunks({ services, ...cluster }: Cluster): Cluster[] {
  const count = Math.ceil(services.length / SERVICES_AT_ONCE);
  return Array.from({ length: count }, (_, index) => ({
    ...cluster,
    services: services.slice(index * SERVICES_AT_ONCE, (index + 1) * SERVICES_AT_ONCE),
  }));
}

async function describe(
  cluster: Cluster,
  selection: Selection,
  findings: Findings<FargateService>,
  context: DiscoveryContext,
): Promise<FargateService[]> {
  const described: FargateService[] = [];
  const ask = async () => {
    const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs');
    const ecs = await context.clients.ecs();
    const request = new DescribeServicesCommand({
      cluster: cluster.arn,
      services: [...cluster.services],
      include: ['TAGS'],
    });
    const { services, failures = [] } = await ecs.send(request, { abortSignal: context.signal });
    for (const service of present(services, 'services')) {
      const resource = fromService(service, cluster, context);
      const names = namesOf(cluster.name, resource.serviceName);
      const choice = selection.choose({ names, tags: resource.tags });
      if (selection.byTags && !findings.takes(choice, resource.id)) continue;
      if (selection.byTags) findings.progress(0, 1);
      described.push(resource);
    }
    // Whatever else there is a reason for, `MISSING` is one that has been deleted meanwhile.
    const other = failures.find(({ reason }) => reason !== 'MISSING');
    if (other !== undefined) throw new MalformedAnswerError(`${other.arn} was not described: ${other.reason}`);
    if (present(services, 'services').length + failures.length < cluster.services.length) {
      throw new MalformedAnswerError('The answer lacks some of the services');
    }
  };
  await findings.listing(DESCRIBE_SERVICES, 'What some ECS services are', ask, isClusterGone);
  return described;
}

/** The names to choose by: the id, the service's own and its cluster's. */
function namesOf(cluster: string, service: string): readonly [id: string, service: string, cluster: string] {
  return [`${cluster}/${service}`, service, cluster];
}

function isClusterGone(error: unknown): boolean {
  return awsErrorNamed(error, 'ClusterNotFoundException');
}

function fromService(
  service: Service,
  cluster: Pick<Cluster, 'arn' | 'name'>,
  { accountId, region }: Pick<DiscoveryContext, 'accountId' | 'region'>,
): FargateService {
  const name = present(service.serviceName, 'serviceName');
  return {
    kind: 'ecs',
    type: 'AWS::ECS::Service',
    id: `${cluster.name}/${name}`,
    arn: present(service.serviceArn, 'serviceArn'),
    accountId,
    region,
    tags: known(tagMap((service.tags ?? []).map(({ key = '', value = '' }) => [key, value] as const))),
    cluster: { name: cluster.name, arn: cluster.arn },
    serviceName: name,
    status: present(service.status, 'status'),
    desired: present(service.desiredCount, 'desiredCount'),
    running: present(service.runningCount, 'runningCount'),
    pending: present(service.pendingCount, 'pendingCount'),
    deploying: isDeploying(service),
    scheduling: service.schedulingStrategy === 'DAEMON' ? 'DAEMON' : 'REPLICA',
    launch: launchOf(service),
    // With a deployment controller of its own a service has none: its task sets do.
    taskDefinition: service.taskDefinition ?? service.taskSets?.[0]?.taskDefinition ?? '',
    task: notCollected,
    scaling: notCollected,
  };
}

/** ECS deploys in deployments; CodeDeploy, and controllers of one's own, in task sets. */
export function isDeploying({ deployments = [], taskSets = [] }: Service): boolean {
  const rollingOut = deployments.some(({ rolloutState }) => rolloutState === 'IN_PROGRESS');
  return deployments.length > 1 || taskSets.length > 1 || rollingOut;
}

interface Launched {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?: readonly CapacityProviderStrategyItem[] | undefined;
}

function launchOf(service: Service): FargateService['launch'] {
  const kinds = new Set([service, ...(service.taskSets ?? [])].flatMap(providersOf).map(kindOf));
  const [only = 'EC2', ...more] = kinds;
  return more.length > 0 ? 'mixed' : only;
}

/** A strategy stands in place of a launch type; a provider that is given no weight and no base gets no task. */
function providersOf({ launchType, capacityProviderStrategy = [] }: Launched): string[] {
  const used = capacityProviderStrategy.filter(({ weight = 0, base = 0 }) => weight > 0 || base > 0);
  if (used.length > 0) return used.map(({ capacityProvider }) => capacityProvider ?? '');
  return launchType === undefined ? [] : [launchType];
}

/** Whatever else there is - managed instances, a group of instances of one's own - is billed by the instance. */
function kindOf(provider: string): 'FARGATE' | 'FARGATE_SPOT' | 'EC2' | 'EXTERNAL' {
  return provider === 'FARGATE' || provider === 'FARGATE_SPOT' || provider === 'EXTERNAL' ? provider : 'EC2';
}

async function inDetail(services: readonly FargateService[], context: DiscoveryContext): Promise<FargateService[]> {
  const fargate = services.filter(isOnFargate);
  const definitions = [...new Set(fargate.map(({ taskDefinition }) => taskDefinition))];
  const [scalingOf, sizes] = await Promise.all([
    scalingFacts(TASKS, fargate.map(scalingId), context),
    mapConcurrently(definitions, CALLS_AT_ONCE, async (arn) => [arn, await taskSize(arn, context)] as const),
  ]);
  const sizeOf = new Map<string, Fact<TaskSize>>(sizes);
  return services.map((service) =>
    isOnFargate(service)
      ? {
          ...service,
          task: sizeOf.get(service.taskDefinition) ?? notCollected,
          scaling: scalingOf(scalingId(service)),
        }
      : service,
  );
}

/** Of others nothing is lowered, and nothing more is asked. */
function isOnFargate({ launch, scheduling }: FargateService): boolean {
  return scheduling === 'REPLICA' && (launch === 'FARGATE' || launch === 'FARGATE_SPOT');
}

function scalingId({ id }: Pick<FargateService, 'id'>): string {
  return `service/${id}`;
}

function taskSize(taskDefinition: string, { clients, signal }: DiscoveryContext): Promise<Fact<TaskSize>> {
  return readFact(DESCRIBE_TASK_DEFINITION, signal, async () => {
    const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs');
    const ecs = await clients.ecs();
    const request = new DescribeTaskDefinitionCommand({ taskDefinition });
    const answer = await ecs.send(request, { abortSignal: signal });
    return sizeFrom(present(answer.taskDefinition, 'taskDefinition'));
  });
}

/** ECS keeps CPU in units of 1024 to a vCPU and memory in MiB, however they were given; Fargate wants both. */
function sizeFrom({ cpu, memory, ephemeralStorage, runtimePlatform }: TaskDefinition): TaskSize {
  return {
    vcpu: quantity(cpu, 'cpu') / 1024,
    memoryGb: quantity(memory, 'memory') / 1024,
    ephemeralGb: ephemeralStorage?.sizeInGiB ?? DEFAULT_EPHEMERAL_GB,
    architecture: runtimePlatform?.cpuArchitecture ?? 'X86_64',
    operatingSystem: runtimePlatform?.operatingSystemFamily ?? 'LINUX',
  };
}

/** @throws MalformedAnswerError where it is not there, or is no number of units: a size is never guessed */
function quantity(text: string | undefined, element: string): number {
  const value = present(text, element);
  if (!/^[1-9]\d*$/.test(value)) throw new MalformedAnswerError(`${element} is ${JSON.stringify(value)}`);
  return Number(value);
}

/** `api` of `arn:aws:ecs:eu-west-1:111122223333:service/web/api`. */
function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
