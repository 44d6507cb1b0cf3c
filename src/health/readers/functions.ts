/** Lambda: functions, who may invoke them, and what feeds them from queues. */
import { present } from '../../aws/errors.ts';
import { notCollected } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';
import type { FunctionSpec, StackSpec } from '../../stack/spec.ts';
import { CALLS } from '../calls.ts';
import type { FunctionMetrics, FunctionSeen, Grant } from '../checks/function.ts';
import { parsedJson } from '../checks/json-text.ts';
import type { QueueMappingSeen } from '../checks/queue-mapping.ts';
import { dueQuery, functionQuery, metricKey } from '../metrics.ts';
import type { MetricQuery, MetricValues } from '../metrics.ts';
import { mapFact, read, readAlways } from '../reading.ts';
import type { CallOptions, Reading } from '../reading.ts';

const GONE = ['ResourceNotFoundException'];

export async function readFunction(
  spec: FunctionSpec,
  { stack, metrics }: { readonly stack: StackSpec; readonly metrics: MetricValues },
  reading: Reading,
): Promise<Fact<FunctionSeen | null>> {
  const { GetFunctionConfigurationCommand } = await import('@aws-sdk/client-lambda');
  const found = await read(
    reading,
    CALLS.function,
    async (options) => {
      const lambda = await reading.clients.lambda();
      const answer = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: spec.name }), options);
      const { StateReason, LastUpdateStatusReason, DeadLetterConfig } = answer;
      return {
        // What an older endpoint does not say is as it is of most functions.
        state: answer.State ?? 'Active',
        stateReason: StateReason ?? null,
        lastUpdate: answer.LastUpdateStatus ?? 'Successful',
        lastUpdateReason: LastUpdateStatusReason ?? null,
        lastModified: new Date(present(answer.LastModified, 'LastModified')),
        runtime: answer.Runtime ?? '',
        architecture: answer.Architectures?.[0] ?? 'x86_64',
        timeoutSeconds: present(answer.Timeout, 'Timeout'),
        memoryMegabytes: present(answer.MemorySize, 'MemorySize'),
        environment: { ...answer.Environment?.Variables },
        roleArn: present(answer.Role, 'Role'),
        deadLetterArn: DeadLetterConfig?.TargetArn === '' ? null : (DeadLetterConfig?.TargetArn ?? null),
      };
    },
    GONE,
  );
  if (!found.known || found.value === null) return found as Fact<null>;
  const { value } = found;
  const [reservedConcurrency, grants, onSuccess] = await Promise.all([
    readConcurrency(spec, reading),
    readGrants(spec, reading),
    spec.onSuccess === undefined ? undefined : readOnSuccess(spec.name, spec.onSuccess.alias, reading),
  ]);
  return mapFact(found, () => ({
    ...value,
    reservedConcurrency,
    grants,
    ...(onSuccess !== undefined && { onSuccess }),
    metrics: metricsOf(spec, stack, metrics),
  }));
}

function metricsOf(spec: FunctionSpec, stack: StackSpec, metrics: MetricValues): FunctionMetrics {
  const of = (query: MetricQuery) => metrics.get(metricKey(query)) ?? notCollected;
  const due = dueQuery(spec, stack);
  return {
    invocations: of(functionQuery(spec, 'Invocations')),
    errors: of(functionQuery(spec, 'Errors')),
    throttles: of(functionQuery(spec, 'Throttles')),
    longestMilliseconds: of(functionQuery(spec, 'Duration')),
    ...(due !== undefined && { sinceDue: { seconds: due.seconds, invocations: of(due) } }),
  };
}

async function readConcurrency({ name }: FunctionSpec, reading: Reading): Promise<Fact<number | null>> {
  const { GetFunctionConcurrencyCommand } = await import('@aws-sdk/client-lambda');
  return readAlways(reading, CALLS.concurrency, async (options) => {
    const lambda = await reading.clients.lambda();
    const answer = await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name }), options);
    return answer.ReservedConcurrentExecutions ?? null;
  });
}

/** The function's own policy, and that of each alias that something invokes. */
async function readGrants({ name, invokers }: FunctionSpec, reading: Reading): Promise<Fact<readonly Grant[]>> {
  const { GetPolicyCommand } = await import('@aws-sdk/client-lambda');
  const qualifiers = [...new Set(invokers.map(({ qualifier }) => qualifier))];
  const policies = await Promise.all(
    qualifiers.map(async (qualifier) => {
      const policy = await read(
        reading,
        CALLS.functionPolicy,
        async (options) => {
          const lambda = await reading.clients.lambda();
          const about = { FunctionName: name, ...(qualifier !== undefined && { Qualifier: qualifier }) };
          return present((await lambda.send(new GetPolicyCommand(about), options)).Policy, 'Policy');
        },
        GONE,
      );
      return mapFact(policy, (text) => grantsIn(text, qualifier));
    }),
  );
  const unread = policies.find((policy) => !policy.known);
  return unread ?? { known: true, value: policies.flatMap((policy) => (policy.known ? policy.value : [])) };
}

interface GrantStatement {
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function grantsIn(text: string | null, qualifier: string | undefined): Grant[] {
  const parsed = text === null ? undefined : parsedJson(text);
  const { Statement = [] } = (parsed ?? {}) as { readonly Statement?: readonly GrantStatement[] };
  return Statement.flatMap(({ Principal, Condition = {} }) => {
    const service = Principal?.Service;
    if (service === undefined) return [];
    const conditions = new Map(
      Object.values(Condition)
        .flatMap((keys) => Object.entries(keys))
        .map(([key, value]) => [key.toLowerCase(), value]),
    );
    return [
      {
        service,
        sourceArn: conditions.get('aws:sourcearn'),
        sourceAccount: conditions.get('aws:sourceaccount'),
        qualifier,
      },
    ];
  });
}

async function readOnSuccess(name: string, alias: string, reading: Reading): Promise<Fact<string | null>> {
  const { GetFunctionEventInvokeConfigCommand } = await import('@aws-sdk/client-lambda');
  return read(
    reading,
    CALLS.onSuccess,
    async (options) => {
      const lambda = await reading.clients.lambda();
      const request = new GetFunctionEventInvokeConfigCommand({ FunctionName: name, Qualifier: alias });
      return (await lambda.send(request, options)).DestinationConfig?.OnSuccess?.Destination ?? null;
    },
    GONE,
  );
}

export async function readQueueMapping(
  { functionName, queueArn }: { readonly functionName: string; readonly queueArn: string },
  reading: Reading,
): Promise<Fact<QueueMappingSeen | null>> {
  const { paginateListEventSourceMappings } = await import('@aws-sdk/client-lambda');
  return read(
    reading,
    CALLS.mappings,
    async ({ abortSignal }: CallOptions) => {
      const client = await reading.clients.lambda();
      const about = { FunctionName: functionName, EventSourceArn: queueArn };
      for await (const page of paginateListEventSourceMappings({ client }, about, { abortSignal })) {
        for (const mapping of present(page.EventSourceMappings, 'EventSourceMappings')) {
          if (mapping.EventSourceArn !== queueArn) continue;
          return {
            uuid: present(mapping.UUID, 'UUID'),
            state: present(mapping.State, 'State'),
            batchSize: mapping.BatchSize ?? 0,
            lastResult: mapping.LastProcessingResult ?? null,
          };
        }
      }
      return null;
    },
    // What a mapping is asked of a function that is gone.
    GONE,
  );
}
