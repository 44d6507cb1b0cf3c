/** One check of an instance's tags: the record that is stored of it, and the message where the instance falls short. */
import type { Evaluation } from '../engine/evaluation.ts';
import type { Ec2Instance, Tags } from '../engine/model.ts';
import { plainText } from './plain-text.ts';

export interface TagCheck {
  /** What the check is filed under: the event's time. */
  readonly time: Date;
  readonly instance: Ec2Instance;
  readonly requiredTags: readonly string[];
  /** The verdict of `ec2-required-tags`. */
  readonly evaluation: Evaluation;
}

/** What is stored of a check (S3-5). Its keys are a public contract. */
export interface TagCheckRecord {
  readonly timestamp: string;
  readonly instanceId: string;
  readonly state: string;
  readonly isCompliant: boolean;
  readonly requiredTags: readonly string[];
  readonly tags: Tags;
  readonly missingTags: readonly string[];
}

export function tagCheckRecord(check: TagCheck): TagCheckRecord {
  const { time, instance, requiredTags, evaluation } = check;
  return {
    timestamp: time.toISOString(),
    instanceId: instance.id,
    state: instance.state,
    isCompliant: evaluation.status === 'PASS',
    requiredTags,
    tags: tagsOf(instance),
    missingTags: missingTags(check),
  };
}

/** The message of an instance that is not compliant (S3-7). */
export function tagAlert(check: TagCheck, environment: string): { subject: string; text: string } {
  const { instance } = check;
  const [missing, invalid] = [missingTags(check), invalidTags(check)];
  const lines = [
    'EC2 Instance Non-Compliant Alert',
    '',
    `Instance ID: ${instance.id}`,
    `State: ${instance.state}`,
    `Region: ${instance.region}`,
    '',
    `Missing Tags: ${listed(missing)}`,
    ...(invalid.length > 0 ? [`Invalid Tags: ${listed(invalid)}`] : []),
    '',
    'Current Tags:',
    ...Object.entries(tagsOf(instance)).map(([key, value]) => `  ${oneLine(`${key}: ${value}`)}`),
    '',
    request(missing, invalid),
  ];
  return { subject: `[${environment}] EC2 instance ${instance.id} is non-compliant`, text: lines.join('\n') };
}

/** The required tags that the instance does not carry, or carries with a blank value; none where it passes. */
export function missingTags({ evaluation }: TagCheck): string[] {
  return keysOf(evaluation, 'missing/');
}

/** The required tags whose values do not match their patterns. */
export function invalidTags({ evaluation }: TagCheck): string[] {
  return keysOf(evaluation, 'value/');
}

/** The facts of `ec2-required-tags` are keyed `missing/Owner`, `value/Environment`. */
function keysOf({ facts = [] }: Evaluation, kind: string): string[] {
  return facts.filter(({ key }) => key.startsWith(kind)).map(({ key }) => key.slice(kind.length));
}

function tagsOf({ tags }: Ec2Instance): Tags {
  return tags.known ? tags.value : {};
}

function request(missing: readonly string[], invalid: readonly string[]): string {
  if (invalid.length === 0) return 'Please add the missing tags to bring the instance into compliance.';
  const adding = missing.length === 0 ? '' : 'add the missing tags and ';
  return `Please ${adding}correct the invalid tags to bring the instance into compliance.`;
}

function listed(keys: readonly string[]): string {
  return keys.length === 0 ? 'none' : oneLine(keys.join(', '));
}

/** EC2 lets a tag hold any character: none may write further lines of the message. */
function oneLine(text: string): string {
  return plainText(text.replaceAll('\n', ' '));
}
