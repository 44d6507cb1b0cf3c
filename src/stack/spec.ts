/**
 * A stack, everything decided: what `infra` builds, what the health report compares with AWS, what the estimate of its cost
 * is made from. Names and ARNs are literal, since every part is named; what AWS makes up itself, the key's ARN, is `KEY_ARN`.
 */
import type { PresetName } from '../config/preset-names.ts';

/** Stands for the ARN of the stack's own KMS key, wherever a resource of a policy statement or a setting names it. */
export const KEY_ARN = '{key}';

/** Where the stack lies. */
export interface Place {
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}

export interface StackSpec {
  /** The suffix: `dev`. */
  readonly environment: string;
  readonly preset: PresetName;
  readonly place: Place;
  /** On every resource that takes tags, by the provider. */
  readonly tags: Tags;
  readonly key?: KeySpec;
  /** The alerts topic first; `compliance-critical-{env}` beside it where there is one. */
  readonly topics: readonly TopicSpec[];
  readonly buckets: readonly BucketSpec[];
  readonly table?: TableSpec;
  readonly functions: readonly FunctionSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly events: readonly EventsSpec[];
  readonly config?: ConfigSpec;
  readonly alarms: readonly AlarmSpec[];
  readonly dashboard?: DashboardSpec;
  /** What the stack gives, by the names that the requirements list; plain text all of them. */
  readonly outputs: Readonly<Record<string, string>>;
}

export type Tags = Readonly<Record<string, string>>;

/** A statement of a policy document. */
export interface PolicyStatement {
  /** Letters and digits alone. */
  readonly sid: string;
  readonly effect: 'Allow' | 'Deny';
  /** In a resource's own policy: who. `*` is everyone, and stands in denials alone. */
  readonly principal?: '*' | { readonly service: string } | { readonly account: string };
  readonly actions: readonly string[];
  /** ARNs; `*` has a condition and a reason. */
  readonly resources: readonly string[];
  /** Operator, key, values: `{ StringEquals: { 'ec2:Region': ['eu-west-1'] } }`. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Why it is `*`, or why AWS does it in the function's name; printed beside it, not sent to AWS. */
  readonly reason?: string;
}

/** A customer managed KMS key, rotated every year. */
export interface KeySpec {
  /** `alias/compliance-{env}`. */
  readonly alias: string;
  readonly description: string;
  /** Days that AWS keeps it after it was deleted. */
  readonly deletionDays: number;
  readonly policy: readonly PolicyStatement[];
}

export interface TopicSpec {
  readonly name: string;
  readonly arn: string;
  /** What an email shows as its sender. */
  readonly displayName: string;
  readonly encryption: 'none' | 'customer-key';
  /** Who may publish, and that only over TLS. */
  readonly policy: readonly PolicyStatement[];
  /** For HTTP/S subscriptions, the only ones whose retries AWS lets be set: a JSON document. */
  readonly deliveryPolicy: object;
  /** By email; each has the dead-letter queue. */
  readonly subscriptions: readonly SubscriptionSpec[];
  /** Where messages go that a subscription did not take; there where there are subscriptions. */
  readonly deadLetters?: QueueSpec;
}

export interface SubscriptionSpec {
  readonly protocol: 'email';
  readonly endpoint: string;
}

/** An SQS queue, encrypted by SQS. */
export interface QueueSpec {
  readonly name: string;
  readonly arn: string;
  readonly retentionSeconds: number;
  readonly visibilitySeconds: number;
  /** Who may send, and that only over TLS. */
  readonly policy: readonly PolicyStatement[];
  /** Where messages go that were received that often and never deleted. */
  readonly redrive?: { readonly arn: string; readonly receives: number };
}

export interface BucketSpec {
  /** What it is for. */
  readonly purpose: 'results' | 'logs' | 'reports' | 'delivery' | 'audit';
  /** `compliance-results-{env}`: its name where `naming.exactBucketNames` is set, and its logical name always. */
  readonly bareName: string;
  readonly name: string;
  readonly arn: string;
  /** `account-regional`: no other account can take the name. */
  readonly namespace: 'account-regional' | 'global';
  readonly encryption: 'AES256' | 'customer-key';
  readonly versioned: boolean;
  /** Events of new objects go to EventBridge. */
  readonly notifies: boolean;
  /** Public access is blocked and TLS asked for always; this is the policy that asks, and what else may be done. */
  readonly policy: readonly PolicyStatement[];
  readonly lifecycle: readonly LifecycleRule[];
  /** Beside the stack's. */
  readonly tags: Tags;
}

/** Days are whole days after an object was made, or became noncurrent. */
export interface LifecycleRule {
  readonly id: string;
  /** Of the keys it is for; all without it. */
  readonly prefix?: string;
  /** Objects of any size, however small. */
  readonly glacierAfterDays?: number;
  readonly expireAfterDays?: number;
  readonly expireNoncurrentAfterDays?: number;
  readonly abortUploadsAfterDays?: number;
}

/** A DynamoDB table on demand, keys `resource_id` and `evaluation_timestamp`, with point-in-time recovery. */
export interface TableSpec {
  readonly name: string;
  readonly arn: string;
}

export const FUNCTION_IDS = [
  'scanner',
  'tag-checker',
  'reporter',
  'config-evaluator',
  'config-processor',
  'remediator',
] as const;

/** The function's bundle in `dist/lambda/`. */
export type FunctionId = (typeof FUNCTION_IDS)[number];

export interface FunctionSpec {
  readonly id: FunctionId;
  /** `compliance-scanner-{env}`. */
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly runtime: Runtime;
  readonly architecture: 'arm64' | 'x86_64';
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly reservedConcurrency?: number;
  readonly environment: Readonly<Record<string, string>>;
  /** `config.json`, packed beside the bundle. */
  readonly config: object;
  readonly role: RoleSpec;
  readonly logGroup: LogGroupSpec;
  /** Events that it could not process, and that its schedules could not deliver. */
  readonly deadLetters: QueueSpec;
  /** Where EventBridge, AWS Config or S3 may invoke it. */
  readonly invokers: readonly InvokerSpec[];
  /** An alias for its schedules alone, whose successes go on to another function. */
  readonly onSuccess?: { readonly alias: string; readonly aliasArn: string; readonly functionArn: string };
}

export const RUNTIMES = ['nodejs18.x', 'nodejs20.x', 'nodejs22.x', 'nodejs24.x'] as const;
export type Runtime = (typeof RUNTIMES)[number];

export interface LogGroupSpec {
  readonly name: string;
  readonly retentionDays: number;
}

/** An IAM role with one inline policy. */
export interface RoleSpec {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  /** The service that assumes it; where it can, only in the name of this account. */
  readonly service: 'lambda.amazonaws.com' | 'config.amazonaws.com';
  readonly managedPolicies: readonly string[];
  readonly policyName: string;
  readonly policy: readonly PolicyStatement[];
}

/** A resource policy of a function: `lambda:InvokeFunction` for a service in the name of one source. */
export interface InvokerSpec {
  /** `schedule`: the logical name's last part. */
  readonly id: string;
  readonly service: 'events.amazonaws.com' | 'config.amazonaws.com';
  /** The rule that may; without it any of the account's. */
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  /** The alias that is invoked. */
  readonly qualifier?: string;
}

/** An EventBridge rule that starts a function at fixed times. */
export interface ScheduleSpec {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  /** `rate(6 hours)`, `cron(0 0 * * ? *)`: UTC. */
  readonly expression: string;
  readonly target: TargetSpec;
}

export interface TargetSpec {
  /** The function's name, for a schedule or where there is no queue. */
  readonly functionName: string;
  /** What is invoked: the function, or its alias. */
  readonly arn: string;
  /** What the function is handed instead of the event. */
  readonly input?: { readonly paths: Readonly<Record<string, string>>; readonly template: string };
  readonly deadLetterArn: string;
  readonly retry: RetrySpec;
}

export interface RetrySpec {
  readonly attempts: number;
  readonly maximumAgeSeconds: number;
}

/** An EventBridge rule for events as they happen: to a function through a queue, or directly. */
export interface EventsSpec {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly pattern: object;
  readonly target: TargetSpec;
  /** Without it the rule invokes the function. */
  readonly queue?: QueueSpec & { readonly batchSize: number };
}

export interface ConfigSpec {
  /** Absent where the account has a recorder already: it is used as it is. */
  readonly recorder?: RecorderSpec;
  /** The name of the recorder that is used though it is not ours. */
  readonly adopted?: string;
  readonly rules: readonly ConfigRuleSpec[];
  readonly aggregator?: { readonly name: string; readonly accountId: string; readonly regions: readonly string[] };
}

export interface RecorderSpec {
  readonly name: string;
  readonly channel: string;
  readonly bucket: string;
  readonly resourceTypes: readonly string[];
  readonly role: RoleSpec;
}

/** A custom Lambda rule of AWS Config. */
export interface ConfigRuleSpec {
  readonly name: string;
  readonly description: string;
  readonly functionArn: string;
  readonly resourceTypes: readonly string[];
  /** Asked for this often too, not on changes alone. */
  readonly periodic?: 'One_Hour' | 'Three_Hours' | 'Six_Hours' | 'Twelve_Hours' | 'TwentyFour_Hours';
  readonly parameters: Readonly<Record<string, string>>;
}

export interface AlarmSpec {
  readonly name: string;
  readonly description: string;
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Minimum' | 'Maximum' | 'Average';
  readonly periodSeconds: number;
  readonly periods: number;
  readonly comparison:
    | 'GreaterThanThreshold'
    | 'GreaterThanOrEqualToThreshold'
    | 'LessThanThreshold'
    | 'LessThanOrEqualToThreshold';
  readonly threshold: number;
  readonly missing: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  /** Topics. */
  readonly actions: readonly string[];
}

export interface DashboardSpec {
  readonly name: string;
  readonly widgets: readonly Widget[];
}

/** As CloudWatch's dashboard body has it: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export interface Widget {
  readonly type: 'metric' | 'text' | 'log' | 'alarm';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: Readonly<Record<string, unknown>>;
}
