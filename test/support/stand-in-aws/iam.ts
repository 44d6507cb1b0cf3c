/** IAM: roles, their inline policies, attached policies. */
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import type { RoleArgs, RolePolicyArgs, RolePolicyAttachmentArgs } from '@pulumi/aws/iam/index.js';

import type { Aws } from './aws.ts';
import { refusal } from './errors.ts';
import { mustBeDocument } from './refusals.ts';
import { defineResource } from './resource-type.ts';
import type { Given } from './resource-type.ts';
import { tagList, tagMap } from './tags.ts';
import { sameDocument } from './values.ts';

const INVALID_JSON = 'This policy contains invalid Json';

const role = defineResource<RoleArgs>({
  type: 'aws:iam/role:Role',
  label: 'IAM Role',
  properties: {
    name: { named: true, replaces: true },
    assumeRolePolicy: { required: true, compare: 'document' },
    description: {},
    forceDetachPolicies: { default: false },
    maxSessionDuration: { default: 3600 },
    path: { replaces: true, default: '/' },
    tags: { compare: 'exact' },
  },
  async create({ iam }, { name = '', assumeRolePolicy, description, maxSessionDuration, path, tags }) {
    mustBeDocument(assumeRolePolicy, 'IAM.CreateRole', 'MalformedPolicyDocument', INVALID_JSON);
    await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: assumeRolePolicy,
        Description: description,
        MaxSessionDuration: maxSessionDuration,
        Path: path,
        Tags: tagList(tags),
      }),
    );
    return name;
  },
  async read({ iam }, id) {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: id }));
    if (Role === undefined) return undefined;
    return {
      arn: Role.Arn,
      assumeRolePolicy: decodeURIComponent(Role.AssumeRolePolicyDocument ?? ''),
      createDate: Role.CreateDate?.toISOString(),
      description: Role.Description ?? '',
      maxSessionDuration: Role.MaxSessionDuration,
      name: Role.RoleName,
      path: Role.Path,
      uniqueId: Role.RoleId,
      tags: tagMap(Role.Tags),
    };
  },
  async update({ iam }, id, { assumeRolePolicy, description = '', maxSessionDuration }, changed) {
    if (changed.has('assumeRolePolicy')) {
      mustBeDocument(assumeRolePolicy, 'IAM.UpdateAssumeRolePolicy', 'MalformedPolicyDocument', INVALID_JSON);
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: id, PolicyDocument: assumeRolePolicy }));
    }
    if (changed.has('description') || changed.has('maxSessionDuration')) {
      const change = { Description: description, MaxSessionDuration: maxSessionDuration };
      await iam.send(new UpdateRoleCommand({ RoleName: id, ...change }));
    }
  },
  async retag({ iam }, id, { set, removed }) {
    await iam.send(new TagRoleCommand({ RoleName: id, Tags: tagList(set) }));
    await iam.send(new UntagRoleCommand({ RoleName: id, TagKeys: [...removed] }));
  },
  async delete(aws, id, { forceDetachPolicies }) {
    if (forceDetachPolicies === true) await detachAll(aws, id);
    await aws.iam.send(new DeleteRoleCommand({ RoleName: id }));
  },
});

async function detachAll({ iam }: Aws, RoleName: string): Promise<void> {
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
}

const rolePolicy = defineResource<RolePolicyArgs>({
  type: 'aws:iam/rolePolicy:RolePolicy',
  label: 'IAM Role Policy',
  properties: {
    name: { named: true, replaces: true },
    policy: { required: true, compare: 'document' },
    role: { required: true, replaces: true },
  },
  async create(aws, inputs) {
    await putPolicy(aws, inputs);
    return `${inputs.role}:${inputs.name}`;
  },
  async read({ iam }, id, known) {
    const [RoleName, PolicyName] = id.split(':');
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    const found = decodeURIComponent(PolicyDocument);
    const policy = sameDocument(found, asMiniStackTakesIt(known.policy)) ? known.policy : found;
    return { name: PolicyName, role: RoleName, policy };
  },
  async update(aws, _, inputs) {
    await putPolicy(aws, inputs);
  },
  async delete({ iam }, id) {
    const [RoleName, PolicyName] = id.split(':');
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  },
});

/** Bytes of an inline policy, white space aside. */
const POLICY_LIMIT = 10_240;

async function putPolicy({ iam }: Aws, { role: RoleName, name, policy }: Given<RolePolicyArgs>): Promise<void> {
  mustBeDocument(policy, 'IAM.PutRolePolicy', 'MalformedPolicyDocument', INVALID_JSON);
  if (Buffer.byteLength(policy.replaceAll(/\s/g, '')) > POLICY_LIMIT) {
    const message = `Maximum policy size of ${POLICY_LIMIT} bytes exceeded for role ${RoleName}`;
    throw refusal('IAM.PutRolePolicy', 409, 'LimitExceeded', message);
  }
  const { Statement } = JSON.parse(policy) as { Statement?: readonly { readonly Sid?: string }[] };
  const sids = [Statement ?? []].flat().flatMap(({ Sid }) => (Sid === undefined ? [] : [Sid]));
  const complaint = sids.some((sid) => !/^[0-9A-Za-z]*$/.test(sid))
    ? 'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*'
    : new Set(sids).size < sids.length && 'Statement IDs (SID) in a single policy must be unique.';
  if (complaint !== false) throw refusal('IAM.PutRolePolicy', 400, 'MalformedPolicyDocument', complaint);
  const PolicyDocument = asMiniStackTakesIt(policy);
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: name, PolicyDocument }));
}

interface PutStatement {
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: object;
}

/**
 * MiniStack denies what has a condition on a key that it does not know: that is left out, or said with one that it knows. And
 * to it a list of all databases is about *, where AWS asks for the ARN of any.
 */
function asMiniStackTakesIt(policy: string): string {
  const { Statement, ...rest } = JSON.parse(policy) as { Statement?: PutStatement | readonly PutStatement[] };
  const statements = [Statement ?? []].flat().map((given) => {
    const lists = [given.Action ?? []].flat().every((action) => action.startsWith('rds:Describe'));
    const statement = lists ? { ...given, Resource: '*' } : given;
    const { Condition, ...others } = statement;
    if (Condition === undefined) return statement;
    const text = JSON.stringify(Condition).replaceAll('"ec2:Region"', '"aws:RequestedRegion"');
    return text.includes('"cloudwatch:namespace"') ? others : { ...others, Condition: JSON.parse(text) as object };
  });
  return JSON.stringify({ ...rest, Statement: statements });
}

const rolePolicyAttachment = defineResource<RolePolicyAttachmentArgs>({
  type: 'aws:iam/rolePolicyAttachment:RolePolicyAttachment',
  label: 'IAM Role Policy Attachment',
  properties: { policyArn: { required: true, replaces: true }, role: { required: true, replaces: true } },
  called: ({ role, policyArn }) => `${role}/${policyArn}`,
  async create({ iam }, { role: RoleName, policyArn: PolicyArn }) {
    // MiniStack attaches whatever ARN it is given; of those that AWS keeps, these are in use.
    if (PolicyArn.includes('::aws:policy/') && !AWS_POLICIES.some((name) => PolicyArn.endsWith(`:policy/${name}`))) {
      const message = `Policy ${PolicyArn} does not exist or is not attachable.`;
      throw refusal('IAM.AttachRolePolicy', 404, 'NoSuchEntity', message);
    }
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return `${RoleName}/${PolicyArn}`;
  },
  async read({ iam }, id, { role: RoleName, policyArn }) {
    const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const attached = AttachedPolicies.some(({ PolicyArn }) => PolicyArn === policyArn);
    return attached ? { role: RoleName, policyArn } : undefined;
  },
  async delete({ iam }, _, { role: RoleName, policyArn: PolicyArn }) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  },
});

const AWS_POLICIES = ['service-role/AWS_ConfigRole', 'service-role/AWSLambdaBasicExecutionRole'];

export const IAM_TYPES = [role, rolePolicy, rolePolicyAttachment];
