/** A stack, built of its spec. */
import type * as pulumi from '@pulumi/pulumi';

import type { FunctionSpec, StackSpec } from '../stack/spec.ts';
import { Alarms } from './alarms.ts';
import { AlertTopic } from './alert-topic.ts';
import { awsProvider } from './aws-provider.ts';
import { ComplianceBucket } from './bucket.ts';
import { ComplianceFunction } from './compliance-function.ts';
import { ConfigAggregator } from './config-aggregator.ts';
import { ConfigRecorder } from './config-recorder.ts';
import { ConfigRules } from './config-rules.ts';
import { Dashboard } from './dashboard.ts';
import { EncryptionKey } from './encryption-key.ts';
import { Events } from './events.ts';
import { HistoryTable } from './history-table.ts';
import type { KeyArn } from './policy-text.ts';
import { Schedule } from './schedule.ts';

export interface StackCode {
  /** The folder with a folder of bundled code for each function: `dist/lambda`. */
  readonly bundles: string;
  /** Where all of AWS answers, for an emulator. */
  readonly endpoint?: string | undefined;
}

/** What the other parts are made with. */
interface Making {
  readonly spec: StackSpec;
  readonly bundles: string;
  readonly opts: pulumi.ComponentResourceOptions;
  readonly keyArn?: KeyArn | undefined;
}

/**
 * Declares every part of a stack; what it is run by, Pulumi's engine or mocks in tests, makes them. First what the functions
 * use, then the functions, then what starts them, so that none runs before it can work and, when the stack goes, none writes
 * into a bucket that is being emptied.
 *
 * @returns the stack's outputs
 */
export function buildStack(spec: StackSpec, { bundles, endpoint }: StackCode): StackSpec['outputs'] {
  const opts = { providers: { aws: awsProvider(spec, endpoint) } };
  const key = spec.key && new EncryptionKey(`compliance-key-${spec.environment}`, spec.key, opts);
  const making: Making = { spec, bundles, opts, keyArn: key?.arn };
  const topics = spec.topics.map((topic) => new AlertTopic({ spec: topic, keyArn: key?.arn }, opts));
  const buckets = new Map(
    spec.buckets.map((bucket) => [bucket.name, new ComplianceBucket({ spec: bucket, keyArn: key?.arn }, opts)]),
  );
  const tables = spec.table === undefined ? [] : [new HistoryTable(spec.table, opts)];
  const functions = makeFunctions(making, [...topics, ...buckets.values(), ...tables]);
  for (const schedule of spec.schedules) {
    new Schedule({ spec: schedule, target: partOf(functions, schedule.target.functionName) }, opts);
  }
  for (const events of spec.events) {
    new Events({ spec: events, target: partOf(functions, events.target.functionName) }, opts);
  }
  makeConfig(making, buckets, [...functions.values()]);
  if (spec.alarms.length > 0) {
    new Alarms(`compliance-alarms-${spec.environment}`, spec.alarms, { ...opts, dependsOn: topics });
  }
  if (spec.dashboard !== undefined) new Dashboard(spec.dashboard, opts);
  return spec.outputs;
}

/** By name. A function whose successes go on to another one comes after it: Lambda refuses a destination that is not there. */
function makeFunctions(
  { spec, bundles, opts, keyArn }: Making,
  uses: readonly pulumi.Resource[],
): Map<string, ComplianceFunction> {
  const { place, functions } = spec;
  const made = new Map<string, ComplianceFunction>();
  const make = (one: FunctionSpec, dependsOn: readonly pulumi.Resource[]) =>
    made.set(
      one.name,
      new ComplianceFunction(
        { spec: one, accountId: place.accountId, bundles, keyArn },
        { ...opts, dependsOn: [...dependsOn] },
      ),
    );
  const [first, last] = [
    functions.filter(({ onSuccess }) => onSuccess === undefined),
    functions.filter(({ onSuccess }) => onSuccess !== undefined),
  ];
  for (const one of first) make(one, uses);
  const destinations = [...made.values()];
  for (const one of last) make(one, [...uses, ...destinations]);
  return made;
}

function makeConfig(
  { spec: { config, place, environment }, opts, keyArn }: Making,
  buckets: ReadonlyMap<string, ComplianceBucket>,
  functions: readonly ComplianceFunction[],
): void {
  if (config === undefined) return;
  const recorder =
    config.recorder &&
    new ConfigRecorder(
      {
        spec: config.recorder,
        accountId: place.accountId,
        delivery: partOf(buckets, config.recorder.bucket),
        keyArn,
      },
      opts,
    );
  new ConfigRules(`config-rules-${environment}`, config.rules, {
    ...opts,
    dependsOn: [...functions, ...(recorder === undefined ? [] : [recorder])],
  });
  if (config.aggregator !== undefined) new ConfigAggregator(config.aggregator, opts);
}

/** @throws Error where the spec names what it does not have: a defect of what made it */
function partOf<Part>(parts: ReadonlyMap<string, Part>, name: string): Part {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`The stack has no ${name}, and a part of it needs one.`);
  return part;
}
