/** KMS: keys, which AWS only ever schedules for deletion, and their aliases. */
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import type { AliasArgs, KeyArgs } from '@pulumi/aws/kms/index.js';

import type { Aws } from './aws.ts';
import { refusal } from './errors.ts';
import { mustBeDocument } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Tags } from './tags.ts';

const key = defineResource<KeyArgs>({
  type: 'aws:kms/key:Key',
  label: 'KMS Key',
  properties: {
    deletionWindowInDays: { default: 30 },
    description: {},
    enableKeyRotation: { default: false },
    isEnabled: { default: true },
    policy: { compare: 'document' },
    region: { replaces: true },
    tags: { compare: 'exact' },
  },
  async create(aws, inputs, created) {
    mustBeManageable(inputs.policy, 'KMS.CreateKey');
    const { KeyMetadata } = await aws.kms.send(
      new CreateKeyCommand({
        Description: inputs.description,
        ...(inputs.policy !== undefined && { Policy: inputs.policy }),
        Tags: keyTags(inputs.tags),
      }),
    );
    const KeyId = KeyMetadata?.KeyId ?? '';
    created(KeyId);
    if (inputs.enableKeyRotation === true) await putRotation(aws, KeyId, true);
    if (inputs.isEnabled === false) await putEnabled(aws, KeyId, false);
    return KeyId;
  },
  async read({ kms }, KeyId) {
    const { KeyMetadata: found } = await kms.send(new DescribeKeyCommand({ KeyId }));
    // To the provider a key that waits for its end is no more.
    if (found === undefined || found.KeyState === 'PendingDeletion') return undefined;
    const { KeyRotationEnabled } = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    const { Tags: tags = [] } = await kms.send(new ListResourceTagsCommand({ KeyId }));
    return {
      arn: found.Arn,
      keyId: KeyId,
      description: found.Description ?? '',
      enableKeyRotation: KeyRotationEnabled,
      isEnabled: found.Enabled,
      policy: Policy,
      tags: Object.fromEntries(tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue])),
    };
  },
  async update(aws, KeyId, inputs, changed) {
    if (changed.has('isEnabled')) await putEnabled(aws, KeyId, inputs.isEnabled !== false);
    if (changed.has('enableKeyRotation')) await putRotation(aws, KeyId, inputs.enableKeyRotation === true);
    if (changed.has('description')) {
      await aws.kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: inputs.description ?? '' }));
    }
    if (changed.has('policy') && inputs.policy !== undefined) {
      mustBeManageable(inputs.policy, 'KMS.PutKeyPolicy');
      await aws.kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: inputs.policy }));
    }
  },
  async retag({ kms }, KeyId, { set, removed }) {
    if (Object.keys(set).length > 0) await kms.send(new TagResourceCommand({ KeyId, Tags: keyTags(set) }));
    if (removed.length > 0) await kms.send(new UntagResourceCommand({ KeyId, TagKeys: [...removed] }));
  },
  async delete({ kms }, KeyId, { deletionWindowInDays }) {
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: deletionWindowInDays }));
  },
});

function keyTags(tags: Tags | undefined): { TagKey: string; TagValue: string }[] {
  return Object.entries(tags ?? {}).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

async function putRotation({ kms }: Aws, KeyId: string, enabled: boolean): Promise<void> {
  if (enabled) await kms.send(new EnableKeyRotationCommand({ KeyId }));
  else await kms.send(new DisableKeyRotationCommand({ KeyId }));
}

async function putEnabled({ kms }: Aws, KeyId: string, enabled: boolean): Promise<void> {
  if (enabled) await kms.send(new EnableKeyCommand({ KeyId }));
  else await kms.send(new DisableKeyCommand({ KeyId }));
}

interface KeyPolicy {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Principal?: { readonly AWS?: string | readonly string[] };
    readonly Action?: string | readonly string[];
  }[];
}

/** AWS takes no policy that locks its own account out; MiniStack takes any text. */
function mustBeManageable(policy: string | undefined, operation: `KMS.${string}`): void {
  const code = 'MalformedPolicyDocumentException';
  mustBeDocument(policy, operation, code, 'Policy contains invalid JSON');
  if (policy === undefined) return;
  const { Statement } = JSON.parse(policy) as KeyPolicy;
  const manageable = Statement.some(
    ({ Effect, Principal, Action = [] }) =>
      Effect === 'Allow' &&
      Principal?.AWS !== undefined &&
      [Action].flat().some((action) => ['kms:*', 'kms:PutKeyPolicy'].includes(action)),
  );
  if (manageable) return;
  const message = 'The new key policy will not allow you to update the key policy in the future.';
  throw refusal(operation, 400, code, message);
}

const alias = defineResource<AliasArgs>({
  type: 'aws:kms/alias:Alias',
  label: 'KMS Alias',
  properties: {
    name: { named: true, replaces: true },
    targetKeyId: { required: true },
    region: { replaces: true },
  },
  async create({ kms }, { name, targetKeyId }) {
    await kms.send(new CreateAliasCommand({ AliasName: name, TargetKeyId: targetKeyId }));
    return name ?? '';
  },
  async read({ kms, region, accountId }, id, known) {
    const { Aliases = [] } = await kms.send(new ListAliasesCommand({}));
    const found = Aliases.find(({ AliasName }) => AliasName === id);
    if (found === undefined) return undefined;
    const { TargetKeyId = '' } = found;
    return {
      arn: found.AliasArn,
      name: id,
      // By id or by ARN, as the program has it.
      targetKeyId: known.targetKeyId.endsWith(TargetKeyId) ? known.targetKeyId : TargetKeyId,
      targetKeyArn: `arn:aws:kms:${region}:${accountId}:key/${TargetKeyId}`,
    };
  },
  async update({ kms }, id, { targetKeyId }) {
    await kms.send(new UpdateAliasCommand({ AliasName: id, TargetKeyId: targetKeyId }));
  },
  async delete({ kms }, id) {
    await kms.send(new DeleteAliasCommand({ AliasName: id }));
  },
});

export const KMS_TYPES = [key, alias];
