/** An S3 bucket: closed, encrypted, and kept as long as the settings say. */
import type { Fact } from '../../engine/model.ts';
import type { BucketSpec, LifecycleRule } from '../../stack/spec.ts';
import { finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';
import { stableJson } from './json-text.ts';
import { missingStatements } from './statements.ts';

export interface BucketSeen {
  readonly versioned: boolean;
  readonly encryption: Fact<{ readonly algorithm: string; readonly key: string | null } | null>;
  /** The settings that are off. */
  readonly publicAccessOff: Fact<readonly string[]>;
  readonly policy: Fact<string | null>;
  /** Rules that are enabled. */
  readonly lifecycle: Fact<readonly LifecycleRule[]>;
  /** Events of its objects go to EventBridge; read where they should. */
  readonly notifies?: Fact<boolean>;
}

export function checkBucket(spec: BucketSpec, seen: BucketSeen, checking: Checking): Finding[] {
  const { name } = spec;
  const { redeploy } = checking;
  const { publicAccessOff: off, notifies } = seen;
  return [
    ...encryptionFindings(spec, seen, checking),
    ...(off.known && off.value.length > 0
      ? [
          finding(
            'bucket-public-access',
            `${name} does not block public access: ${off.value.join(', ')} off.`,
            redeploy,
          ),
        ]
      : []),
    ...policyFindings(spec, seen, checking),
    ...(spec.versioned && !seen.versioned
      ? [finding('bucket-versioning', `${name} keeps no versions: what is overwritten is lost.`, redeploy)]
      : []),
    ...lifecycleFindings(spec, seen, checking),
    ...(spec.notifies && notifies?.known === true && !notifies.value
      ? [finding('bucket-notifications', `${name} does not tell EventBridge of new objects.`, redeploy)]
      : []),
  ];
}

function encryptionFindings({ name, encryption }: BucketSpec, seen: BucketSeen, checking: Checking): Finding[] {
  if (!seen.encryption.known) return [];
  const { value } = seen.encryption;
  const { keyArn, redeploy } = checking;
  if (value === null) return [finding('bucket-encryption', `${name} has no default encryption.`, redeploy)];
  const wanted = encryption === 'AES256' ? 'AES256' : 'aws:kms';
  if (value.algorithm !== wanted) {
    const problem = `${name} encrypts with ${value.algorithm} where the settings say ${wanted}.`;
    return [finding('bucket-encryption', problem, redeploy)];
  }
  if (wanted === 'AES256' || keyArn === undefined || value.key === keyArn) return [];
  const problem = `${name} encrypts with ${value.key ?? 'AWS’s own key'}, not with the stack’s.`;
  return [finding('bucket-encryption', problem, redeploy)];
}

function policyFindings({ name, policy }: BucketSpec, seen: BucketSeen, { keyArn, redeploy }: Checking): Finding[] {
  if (!seen.policy.known) return [];
  return missingStatements(seen.policy.value, policy, keyArn).map((sid) =>
    sid === 'OnlyOverTls'
      ? finding('bucket-not-tls-only', `The policy of ${name} does not refuse calls without TLS.`, redeploy)
      : finding('bucket-policy', `The policy of ${name} lacks the statement ${sid}.`, redeploy, { subject: sid }),
  );
}

function lifecycleFindings({ name, lifecycle }: BucketSpec, seen: BucketSeen, { redeploy }: Checking): Finding[] {
  if (!seen.lifecycle.known) return [];
  const there = new Map(seen.lifecycle.value.map((rule) => [rule.id, stableJson(rule)]));
  return lifecycle
    .filter((rule) => there.get(rule.id) !== stableJson(rule))
    .map(({ id }) => {
      const what = there.has(id) ? 'is not as the settings say' : 'is missing';
      return finding('bucket-lifecycle', `The lifecycle rule ${id} of ${name} ${what}.`, redeploy, { subject: id });
    });
}
