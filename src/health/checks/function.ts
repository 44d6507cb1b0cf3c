/** A Lambda function: is it there, does it work, is it as the settings say. */
import type { Fact } from '../../engine/model.ts';
import { runtimeWarning } from '../../stack/runtimes.ts';
import { RUNTIMES } from '../../stack/spec.ts';
import type { FunctionSpec, InvokerSpec } from '../../stack/spec.ts';
import { awsCommand, differences, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';

export interface FunctionSeen {
  /** `Active`, `Pending`, `Failed`, `Inactive`: the last is one that was idle for long, and wakes when it is invoked. */
  readonly state: string;
  readonly stateReason: string | null;
  /** `Successful`, `InProgress`, `Failed`. */
  readonly lastUpdate: string;
  readonly lastUpdateReason: string | null;
  readonly lastModified: Date;
  readonly runtime: string;
  readonly architecture: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly roleArn: string;
  readonly deadLetterArn: string | null;
  readonly reservedConcurrency: Fact<number | null>;
  /** Who its policies let invoke it, those of the alias among them. */
  readonly grants: Fact<readonly Grant[]>;
  /** Where the alias hands on successes; only of a function that has one. */
  readonly onSuccess?: Fact<string | null>;
  readonly metrics: FunctionMetrics;
}

/** A statement of the function's own policy. */
export interface Grant {
  readonly service: string;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  /** The alias whose policy it is in. */
  readonly qualifier?: string | undefined;
}

/** Of the last day, but for the last; `null` where CloudWatch has none. */
export interface FunctionMetrics {
  readonly invocations: Fact<number | null>;
  readonly errors: Fact<number | null>;
  readonly throttles: Fact<number | null>;
  readonly longestMilliseconds: Fact<number | null>;
  /** Since its schedule was due for the last time; only of a function with a schedule. */
  readonly sinceDue?: { readonly seconds: number; readonly invocations: Fact<number | null> };
}

/** From this share of its time on a function is near its end. */
const NEAR = 0.8;

export function checkFunction(spec: FunctionSpec, seen: FunctionSeen, checking: Checking): Finding[] {
  return [
    ...stateFindings(spec, seen, checking),
    ...runFindings(spec, seen, checking),
    ...runtimeFindings(spec, seen, checking),
    ...settingFindings(spec, seen, checking),
    ...wiringFindings(spec, seen, checking),
  ];
}

function stateFindings({ name }: FunctionSpec, seen: FunctionSeen, { redeploy, region }: Checking): Finding[] {
  const { state, stateReason, lastUpdate, lastUpdateReason } = seen;
  const command = awsCommand(region, 'lambda', 'get-function-configuration', '--function-name', name);
  const look = { remedy: 'Wait a minute and look again.', command };
  return [
    ...(state === 'Failed'
      ? [finding('function-failed', `${name} cannot be invoked: ${reason(stateReason)}`, redeploy)]
      : []),
    ...(state === 'Pending' ? [finding('function-pending', `${name} is not ready yet.`, look)] : []),
    ...(lastUpdate === 'Failed'
      ? [finding('function-update-failed', `The last change of ${name} failed: ${reason(lastUpdateReason)}`, redeploy)]
      : []),
    ...(lastUpdate === 'InProgress' && state !== 'Pending'
      ? [finding('function-pending', `${name} is being changed.`, look)]
      : []),
  ];
}

function reason(text: string | null): string {
  return text === null || text === '' ? 'AWS gives no reason.' : `${text.replace(/\.$/, '')}.`;
}

function runFindings(spec: FunctionSpec, { metrics, timeoutSeconds, lastModified }: FunctionSeen, checking: Checking) {
  const { name, logGroup } = spec;
  const { region, now } = checking;
  const { errors, invocations, throttles, longestMilliseconds: longest, sinceDue } = metrics;
  const failed = numberOf(errors);
  const ran = numberOf(invocations);
  const turnedAway = numberOf(throttles);
  const took = numberOf(longest) / 1000;
  const log = {
    remedy: 'Read why in its log.',
    command: awsCommand(region, 'logs', 'tail', logGroup.name, '--since', '24h', '--filter-pattern', 'ERROR'),
  };
  // A function that was deployed since then was not due yet.
  const due = sinceDue !== undefined && now.getTime() - lastModified.getTime() > sinceDue.seconds * 1000;
  const findings: Finding[] = [];
  if (failed > 0 && ran > 0 && failed >= ran) {
    findings.push(finding('function-only-errors', `${name} failed each of ${ran} times in the last 24 hours.`, log));
  } else if (failed > 0) {
    const of = ran > 0 ? ` of ${ran}` : '';
    findings.push(finding('function-errors', `${name} failed ${failed}${of} times in the last 24 hours.`, log));
  }
  if (turnedAway > 0) {
    findings.push(
      finding('function-throttled', `${name} was throttled ${turnedAway} times in the last 24 hours.`, {
        remedy: 'Raise its reserved concurrency (stack.functions), or the concurrency quota of the account.',
      }),
    );
  }
  if (took >= NEAR * timeoutSeconds) {
    const all = took >= timeoutSeconds ? 'all of its' : 'of its';
    findings.push(
      finding(
        'function-near-timeout',
        `${name} ran ${Math.round(took)} s in the last 24 hours, ${all} ${timeoutSeconds} s.`,
        {
          remedy: `Give it more time or memory: stack.functions.${spec.id}.timeout, at most 900 s, and memory.`,
        },
      ),
    );
  }
  if (due && sinceDue.invocations.known && (sinceDue.invocations.value ?? 0) === 0) {
    findings.push(
      finding('function-not-run', `${name} did not run in the last ${hours(sinceDue.seconds)}, though it was due.`, {
        remedy: 'Look at its schedule and at its dead-letter queue; run it by hand to see whether it works.',
        command: awsCommand(region, 'events', 'list-rule-names-by-target', '--target-arn', scheduledArn(spec)),
      }),
    );
  }
  return findings;
}

/** What its schedules invoke. */
function scheduledArn({ arn, onSuccess }: FunctionSpec): string {
  return onSuccess?.aliasArn ?? arn;
}

function hours(seconds: number): string {
  return `${Math.round(seconds / 3600)} hours`;
}

/** Not read counts for nothing here: it shows as unknown. */
function numberOf(fact: Fact<number | null>): number {
  return fact.known ? (fact.value ?? 0) : 0;
}

function runtimeFindings({ name }: FunctionSpec, { runtime }: FunctionSeen, { now }: Checking): Finding[] {
  const ours = RUNTIMES.find((one) => one === runtime);
  const warning = ours && runtimeWarning(ours, now);
  if (warning === undefined) return [];
  return [
    finding('function-runtime-unsupported', `${name}: ${warning}`, {
      remedy: 'Set runtime: nodejs24.x in compliancectl.yaml and deploy.',
    }),
  ];
}

function settingFindings(spec: FunctionSpec, seen: FunctionSeen, checking: Checking): Finding[] {
  const { reservedConcurrency: reserved } = seen;
  return differences(
    'function-differs',
    spec.name,
    [
      { name: 'runtime', wanted: spec.runtime, found: seen.runtime },
      { name: 'architecture', wanted: spec.architecture, found: seen.architecture },
      { name: 'timeout', wanted: spec.timeoutSeconds, found: seen.timeoutSeconds },
      { name: 'memory', wanted: spec.memoryMegabytes, found: seen.memoryMegabytes },
      { name: 'role', wanted: spec.role.arn, found: seen.roleArn },
      ...Object.entries(spec.environment).map(([variable, wanted]) => ({
        name: `environment.${variable}`,
        wanted,
        found: Object.hasOwn(seen.environment, variable) ? (seen.environment[variable] ?? null) : null,
      })),
      ...(reserved.known
        ? [{ name: 'reserved concurrency', wanted: spec.reservedConcurrency ?? null, found: reserved.value }]
        : []),
    ],
    checking,
  );
}

function wiringFindings(spec: FunctionSpec, seen: FunctionSeen, { redeploy }: Checking): Finding[] {
  const { name, deadLetters, onSuccess: wanted, invokers } = spec;
  const { deadLetterArn, onSuccess, grants } = seen;
  const findings: Finding[] = [];
  if (deadLetterArn !== deadLetters.arn) {
    const where = deadLetterArn === null ? 'nowhere' : `to ${deadLetterArn}`;
    findings.push(
      finding('function-unwired', `What ${name} cannot process goes ${where}, not to ${deadLetters.name}.`, redeploy, {
        subject: 'dead letters',
      }),
    );
  }
  if (wanted !== undefined && onSuccess?.known === true && onSuccess.value !== wanted.functionArn) {
    findings.push(
      finding('function-unwired', `When ${name} has succeeded, ${wanted.functionArn} is not started.`, redeploy, {
        subject: 'on success',
      }),
    );
  }
  if (grants.known) {
    for (const invoker of invokers.filter((one) => !grants.value.some((grant) => allows(grant, one)))) {
      const from = invoker.sourceArn ?? `${invoker.service} in this account`;
      findings.push(
        finding('function-not-invocable', `${name} does not let ${from} invoke it.`, redeploy, { subject: invoker.id }),
      );
    }
  }
  return findings;
}

function allows(grant: Grant, { service, sourceArn, sourceAccount, qualifier }: InvokerSpec): boolean {
  return (
    grant.service === service &&
    grant.sourceArn === sourceArn &&
    grant.sourceAccount === sourceAccount &&
    grant.qualifier === qualifier
  );
}
