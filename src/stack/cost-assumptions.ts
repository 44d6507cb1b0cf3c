/** What an estimate of a stack's cost takes for granted, since nobody can know it before. */
import type { PresetName } from '../config/preset-names.ts';
import { UserError } from '../user-error.ts';

interface Definition {
  readonly value: number;
  readonly unit: string;
  readonly description: string;
}

const DEFINITIONS = {
  instances: { value: 100, unit: 'instances', description: 'EC2 instances' },
  'instance-types': { value: 10, unit: 'types', description: 'instance types among them' },
  volumes: { value: 100, unit: 'volumes', description: 'EBS volumes' },
  'security-groups': { value: 50, unit: 'groups', description: 'security groups' },
  buckets: { value: 20, unit: 'buckets', description: 'S3 buckets' },
  databases: { value: 5, unit: 'databases', description: 'RDS instances' },
  'database-clusters': { value: 2, unit: 'clusters', description: 'RDS clusters' },
  'iam-resources': { value: 100, unit: 'resources', description: 'IAM users, groups, roles and policies' },
  'other-resources': { value: 10, unit: 'resources', description: 'resources of each further type' },
  'ec2-events': { value: 3000, unit: 'events a month', description: 'changes of instances’ states' },
  'compliance-changes': {
    value: 200,
    unit: 'changes a month',
    description: 'resources that become compliant or cease to be',
  },
  notifications: { value: 200, unit: 'messages a month', description: 'messages to the topics' },
  'stored-gigabytes': { value: 1, unit: 'GB', description: 'what lies in the stack’s buckets' },
  'glacier-gigabytes': { value: 1, unit: 'GB', description: 'what lies in S3 Glacier' },
  'history-gigabytes': { value: 0.1, unit: 'GB', description: 'the history table' },
  'scan-seconds': { value: 30, unit: 'seconds', description: 'one scan' },
  'event-seconds': { value: 1, unit: 'seconds', description: 'one event, or one question of AWS Config' },
  'report-seconds': { value: 10, unit: 'seconds', description: 'one report' },
  'remediation-seconds': { value: 10, unit: 'seconds', description: 'one look at what is to be mended' },
  'run-log-kilobytes': { value: 20, unit: 'KB', description: 'log of one scan or report' },
  'event-log-kilobytes': { value: 4, unit: 'KB', description: 'log of one event' },
  'run-writes': { value: 10, unit: 'requests', description: 'writes to S3 of one scan or report' },
  'run-reads': { value: 20, unit: 'requests', description: 'reads from S3 of one scan or report' },
  'items-per-event': {
    value: 0.5,
    unit: 'items an event',
    description: 'what AWS Config records of a change of state, which is two events',
  },
  'changes-per-resource': {
    value: 2,
    unit: 'changes a month',
    description: 'changes of each resource other than an instance',
  },
} as const satisfies Readonly<Record<string, Definition>>;

export type AssumptionName = keyof typeof DEFINITIONS;

/** Values in place of the defaults. */
export type AssumedValues = Partial<Readonly<Record<AssumptionName, number>>>;

/** What tag events are sized for: 20,000 events, 1,000 messages. */
const BY_PRESET: Partial<Readonly<Record<PresetName, AssumedValues>>> = {
  'tag-events': { 'ec2-events': 20_000, notifications: 1000 },
};

/** An assumption that an estimate made. */
export interface Assumption extends Definition {
  readonly name: AssumptionName;
}

/** Gives assumed values, and remembers which were asked for. */
export interface Assumptions {
  of(name: AssumptionName): number;
  /** Those that were asked for, in the order in which they are documented. */
  made(): Assumption[];
}

export function assumptionsFor(preset: PresetName, values: AssumedValues): Assumptions {
  const asked = new Set<AssumptionName>();
  const own = { ...BY_PRESET[preset], ...values };
  const valueOf = (name: AssumptionName) => own[name] ?? DEFINITIONS[name].value;
  return {
    of: (name) => {
      asked.add(name);
      return valueOf(name);
    },
    made: () =>
      ASSUMPTION_NAMES.filter((name) => asked.has(name)).map((name) => {
        const { unit, description } = DEFINITIONS[name];
        return { name, value: valueOf(name), unit, description };
      }),
  };
}

export const ASSUMPTION_NAMES = Object.keys(DEFINITIONS) as AssumptionName[];

/**
 * Reads `instances=500`, each as `--assume` takes it; of two of one name the later one counts.
 *
 * @throws UserError `BAD_ASSUMPTION`
 */
export function parseAssumptions(texts: readonly string[]): AssumedValues {
  return Object.fromEntries(texts.map(parseAssumption));
}

function parseAssumption(text: string): [AssumptionName, number] {
  const [, name = '', number = ''] = /^([^=]*)=(\d{1,15}(?:\.\d{1,6})?)$/.exec(text) ?? [];
  const known = ASSUMPTION_NAMES.find((one) => one === name);
  if (known !== undefined) return [known, Number(number)];
  throw new UserError(
    {
      typed: text.slice(0, 80),
      say: (typed) =>
        name === ''
          ? `${JSON.stringify(typed)} is not an assumption such as instances=500.`
          : `${JSON.stringify(typed)} assumes something that no estimate goes by.`,
    },
    { code: 'BAD_ASSUMPTION', suggestions: [`Assume one of ${ASSUMPTION_NAMES.join(', ')}`] },
  );
}
