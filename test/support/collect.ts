/** Runs one collector over a mocked client, as the live source would: what it yields, and the gaps it leaves. */
import type { Clients } from '../../src/aws/clients.ts';
import type { Gap } from '../../src/engine/evaluation.ts';
import type { Resource, ResourceType } from '../../src/engine/model.ts';
import type { CollectContext, Collector, Scope } from '../../src/inventory/collector.ts';
import { GapLog } from '../../src/inventory/gap-log.ts';
import { createReader } from '../../src/inventory/read.ts';
import { onlyClients } from './clients.ts';

const EU: Scope = { accountId: '111122223333', partition: 'aws', region: 'eu-west-1' };

interface Options {
  readonly scope?: Scope;
  /** The facts that are wanted, by type; every fact the collector knows where not given. */
  readonly facts?: { readonly [Type in ResourceType]?: readonly string[] };
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface Collected {
  readonly pages: readonly (readonly Resource[])[];
  /** What the facts that could not be read left behind; the gap of the listing itself is the source's to make. */
  readonly gaps: readonly Gap[];
  /** What the listing ended with, where it failed. */
  readonly error: unknown;
}

/** @param clients those that the collector uses; asking for another one fails the test */
export async function collectFrom(
  collector: Collector,
  clients: { readonly [Service in Collector['service']]?: Awaited<ReturnType<Clients[Service]>> },
  options: Options = {},
): Promise<Collected> {
  const gaps = new GapLog();
  const pages: (readonly Resource[])[] = [];
  let error: unknown;
  try {
    for await (const page of collector.collect(contextOver(collector, clients, gaps, options))) pages.push(page);
  } catch (caught) {
    error = caught;
  }
  return { pages, gaps: gaps.sorted(), error };
}

function contextOver(
  collector: Collector,
  clients: Parameters<typeof collectFrom>[1],
  gaps: GapLog,
  { scope = EU, facts = allFacts(collector), limit = 20, signal = new AbortController().signal }: Options,
): CollectContext {
  const wanted = new Map(Object.entries(facts).map(([type, names]) => [type as ResourceType, new Set(names)]));
  return {
    clients: onlyClients(clients),
    scope,
    signal,
    limit,
    wanted: (type) => wanted.get(type),
    read: createReader({ collector, scope, facts: wanted, signal, gaps }),
  };
}

function allFacts({ types }: Collector): NonNullable<Options['facts']> {
  return Object.fromEntries(Object.entries(types).map(([type, sources]) => [type, Object.keys(sources)]));
}

/** An error as the SDK throws it when AWS answers with one. */
export function awsError(name: string, message: string, httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

/** What a stub answers, one call after another, with a record of what was asked: paginators reuse one input object. */
export function inTurn<Output>(...answers: readonly Output[]): {
  readonly asked: readonly object[];
  readonly answer: (input: object) => Output;
} {
  const asked: object[] = [];
  const answer = (input: object): Output => {
    const next = answers[asked.length];
    asked.push({ ...input });
    if (next === undefined) throw new Error('It asked for more pages than there are.');
    return next;
  };
  return { asked, answer };
}

/** For each call that left, whether it was handed this very signal. */
export function handedOn(
  signal: AbortSignal,
  aws: { calls(): readonly { readonly args: readonly unknown[] }[] },
): boolean[] {
  return aws.calls().map(({ args }) => (args[1] as { abortSignal?: AbortSignal } | undefined)?.abortSignal === signal);
}
