/** The live source: accounts, regions and services side by side, each failing for itself alone. */
import type { Account, ClosedAccount } from '../aws/accounts.ts';
import type { Call } from '../aws/call.ts';
import { CALLS_IN_FLIGHT, createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import { mapConcurrently } from '../aws/concurrency.ts';
import { failureInRegion, failureOf, present } from '../aws/errors.ts';
import type { Resource, ResourceType } from '../engine/model.ts';
import type { CollectContext, Collector, Scope } from './collector.ts';
import { collectors as allCollectors } from './collectors/index.ts';
import { garbageKeeper } from './garbage.ts';
import { GapLog, gapOf } from './gap-log.ts';
import type { Inventory } from './inventory.ts';
import { createReader, cutShort } from './read.ts';
import { merge } from './streams.ts';

/** Lanes (one service in one region of one account) that run at once; each holds at most two pages. */
const LANES = 8;

/** The region of a gap that concerns a whole account. */
export const GLOBAL = 'global';

/** How `regions: 'all'` is found out. */
export const DESCRIBE_REGIONS: Call = { operation: 'DescribeRegions', action: 'ec2:DescribeRegions', resource: null };

/** How an account is entered through a role. */
export const ASSUME_ROLE: Call = { operation: 'AssumeRole', action: 'sts:AssumeRole', resource: null };

/** Who the credentials belong to; AWS lets everyone ask. */
export const GET_CALLER_IDENTITY: Call = {
  operation: 'GetCallerIdentity',
  action: 'sts:GetCallerIdentity',
  resource: null,
};

export interface LivePlan {
  readonly accounts: readonly (Account | ClosedAccount)[];
  /** `all` are those that are enabled in each account. */
  readonly regions: readonly string[] | 'all';
  /** Where an account is asked which regions it has. */
  readonly homeRegion: string;
  /** The facts that the chosen rules need, by type: nothing else is read. */
  readonly facts: ReadonlyMap<ResourceType, ReadonlySet<string>>;
  /** What reads them; every collector there is when not set. */
  readonly collectors?: readonly Collector[];
  readonly env: NodeJS.ProcessEnv;
  /** Ends the walk; what was not read by then is a gap. */
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly accounts: number;
  readonly regions: number;
  /** Resources read so far. */
  readonly resources: number;
  readonly lanesDone: number;
  readonly lanes: number;
}

interface Lane {
  readonly clients: Clients;
  readonly scope: Scope;
  /** Of one service, in stream order. */
  readonly collectors: readonly Collector[];
}

/** Finds out which regions each account has, and gives the inventory ready to be walked. */
export async function openLive(plan: LivePlan): Promise<Inventory> {
  const gaps = new GapLog();
  for (const account of plan.accounts) {
    if (!('failure' in account)) continue;
    const call = account.operation === 'AssumeRole' ? ASSUME_ROLE : GET_CALLER_IDENTITY;
    gaps.add(gapOf({ ...account, region: GLOBAL }, 'sts', call, account.failure));
  }
  const open = plan.accounts.filter((account): account is Account => !('failure' in account));
  const scopes = (await mapConcurrently(open, LANES, (account) => scopesOf(account, plan, gaps))).flat();
  const accounts = sortedOnce(plan.accounts.map(({ accountId }) => accountId));
  const regions = sortedOnce(plan.regions === 'all' ? scopes.map(({ region }) => region) : plan.regions);

  const lanes = scopes.flatMap((scope) => lanesOf(scope, plan));
  let listings = 0;
  let resources = 0;
  let lanesDone = 0;

  async function* pages(): AsyncGenerator<readonly Resource[]> {
    const report = () =>
      plan.onProgress?.({
        accounts: accounts.length,
        regions: regions.length,
        resources,
        lanesDone,
        lanes: lanes.length,
      });
    const streams = lanes.map((lane) =>
      walkLane(lane, plan, gaps, {
        listed: () => {
          listings += 1;
        },
        done: () => {
          lanesDone += 1;
          report();
        },
      }),
    );
    const keepSmall = garbageKeeper();
    for await (const page of merge(streams, LANES)) {
      resources += page.length;
      report();
      yield page;
      keepSmall(page.length);
    }
  }

  return {
    source: 'live',
    accounts,
    regions,
    facts: plan.facts,
    pages,
    coverage: () => {
      const sorted = gaps.sorted();
      const complete = !sorted.some(({ reason }) => reason === 'interrupted' || reason === 'deadline');
      return { gaps: sorted, listings, complete };
    },
  };
}

async function scopesOf(account: Account, plan: LivePlan, gaps: GapLog): Promise<(Scope & { account: Account })[]> {
  const { accountId, partition } = account;
  const inRegion = (region: string) => ({ accountId, partition, region, account });
  if (plan.regions !== 'all') return plan.regions.map(inRegion);

  const clients = createClients({ ...plan, region: plan.homeRegion, credentials: account.credentials });
  try {
    const { DescribeRegionsCommand } = await import('@aws-sdk/client-ec2');
    const ec2 = await clients.ec2();
    const answer = await ec2.send(new DescribeRegionsCommand({ AllRegions: false }), { abortSignal: plan.signal });
    return present(answer.Regions, 'regionInfo').map(({ RegionName }) => inRegion(present(RegionName, 'regionName')));
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const concerned = { accountId, region: GLOBAL };
    gaps.add(gapOf(concerned, 'ec2', DESCRIBE_REGIONS, cutShort(plan.signal) ?? failure));
    return [];
  } finally {
    clients.destroy();
  }
}

/** One lane for each service that has something wanted of it. */
function lanesOf(scope: Scope & { account: Account }, plan: LivePlan): Lane[] {
  const wanted = (plan.collectors ?? allCollectors).filter(({ resourceType }) => plan.facts.has(resourceType));
  const byService = Map.groupBy(wanted, ({ service }) => service);
  return [...byService.values()].map((ofService) => ({
    clients: createClients({ ...plan, region: scope.region, credentials: scope.account.credentials }),
    scope,
    collectors: ofService,
  }));
}

async function* walkLane(
  lane: Lane,
  plan: LivePlan,
  gaps: GapLog,
  told: { readonly listed: () => void; readonly done: () => void },
): AsyncGenerator<readonly Resource[]> {
  try {
    for (const collector of lane.collectors) {
      try {
        for await (const page of collector.collect(contextFor(lane, collector, plan, gaps))) {
          told.listed();
          yield page;
        }
      } catch (error) {
        const failure = failureInRegion(error);
        if (failure === undefined) throw error;
        gaps.add(gapOf(lane.scope, collector.service, collector.list, cutShort(plan.signal) ?? failure));
      }
    }
    told.done();
  } finally {
    lane.clients.destroy();
  }
}

function contextFor({ clients, scope }: Lane, collector: Collector, plan: LivePlan, gaps: GapLog): CollectContext {
  return {
    clients,
    scope,
    signal: plan.signal,
    limit: CALLS_IN_FLIGHT,
    wanted: (type) => plan.facts.get(type),
    read: createReader({ collector, scope, facts: plan.facts, signal: plan.signal, gaps }),
  };
}

function sortedOnce(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
