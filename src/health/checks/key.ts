/** The stack's KMS key: while it cannot be used, nothing encrypted with it can be read or published. */
import type { Fact } from '../../engine/model.ts';
import type { KeySpec } from '../../stack/spec.ts';
import { awsCommand, finding } from '../finding.ts';
import type { Checking, Finding } from '../finding.ts';

export interface KeySeen {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`. */
  readonly state: string;
  readonly deletionDate: Date | null;
  readonly rotates: Fact<boolean>;
}

export function checkKey({ alias }: KeySpec, { arn, state, deletionDate, rotates }: KeySeen, checking: Checking) {
  const { region, redeploy } = checking;
  const kms = (operation: string) => awsCommand(region, 'kms', operation, '--key-id', arn);
  const findings: Finding[] = [];
  if (state === 'PendingDeletion') {
    const day = deletionDate === null ? 'soon' : `on ${deletionDate.toISOString().slice(0, 10)}`;
    findings.push(
      finding('key-not-usable', `AWS deletes the key ${alias} ${day}: then all that it encrypts is lost.`, {
        remedy: 'Cancel the deletion, then switch the key on (aws kms enable-key).',
        command: kms('cancel-key-deletion'),
      }),
    );
  } else if (state === 'Disabled') {
    findings.push(
      finding('key-not-usable', `The key ${alias} is switched off: what it encrypts can be neither read nor written.`, {
        remedy: 'Switch it on.',
        command: kms('enable-key'),
      }),
    );
  } else if (state !== 'Enabled') {
    findings.push(finding('key-not-usable', `The key ${alias} is ${state}: it cannot be used.`, redeploy));
  }
  // Of a key that is to be deleted AWS says that it is not rotated, whatever was set.
  if (rotates.known && !rotates.value && state !== 'PendingDeletion') {
    findings.push(
      finding('key-rotation-off', `The key ${alias} is not rotated.`, {
        remedy: 'Switch its rotation on.',
        command: kms('enable-key-rotation'),
      }),
    );
  }
  return findings;
}
