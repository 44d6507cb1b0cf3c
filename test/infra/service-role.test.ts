import { expect } from 'chai';

import { ServiceRole, trustPolicy } from '../../src/infra/service-role.ts';
import { graphOf } from './component-graph.ts';
import { ACCOUNT, DECRYPTS, READS_TEXT, decryptsText, roleSpec } from './sample-parts.ts';

const TRUST_TEXT =
  '{"Version":"2012-10-17","Statement":[{"Sid":"Service","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":["sts:AssumeRole"]}]}';

describe('ServiceRole', () => {
  it('is a role that goes whatever was attached to it', async () => {
    const { one } = await graphOf(() => new ServiceRole({ spec: roleSpec('role-test'), accountId: ACCOUNT }));
    const role = one('aws:iam/role:Role', 'role-test');
    expect(role.parent).to.equal('compliancectl:infra:ServiceRole role-test');
    expect(role.inputs).to.deep.equal({
      name: 'role-test',
      description: 'What it may.',
      assumeRolePolicy: TRUST_TEXT,
      forceDetachPolicies: true,
    });
  });

  it('has one policy of its own, and no other', async () => {
    const { one, names } = await graphOf(() => new ServiceRole({ spec: roleSpec('role-test'), accountId: ACCOUNT }));
    expect(one('aws:iam/rolePolicy:RolePolicy', 'role-test-policy').inputs).to.deep.equal({
      name: 'role-test-policy',
      role: 'role-test',
      policy: READS_TEXT,
    });
    expect(names('aws:iam/rolePolicyAttachment:RolePolicyAttachment')).to.deep.equal([]);
  });

  it('names the key once its ARN is known', async () => {
    const spec = roleSpec('role-test', { policy: [DECRYPTS] });
    const { one } = await graphOf(() => new ServiceRole({ spec, accountId: ACCOUNT, keyArn: 'arn:key' }));
    expect(one('aws:iam/rolePolicy:RolePolicy').inputs['policy']).to.equal(decryptsText('arn:key'));
  });

  it('has the policies of AWS that it is given', async () => {
    const policyArn = 'arn:aws:iam::aws:policy/service-role/AWS_ConfigRole';
    const spec = roleSpec('role-test', { managedPolicies: [policyArn] });
    const { one } = await graphOf(() => new ServiceRole({ spec, accountId: ACCOUNT }));
    const attachment = one('aws:iam/rolePolicyAttachment:RolePolicyAttachment', 'role-test-AWS_ConfigRole');
    expect(attachment.inputs).to.deep.equal({ role: 'role-test', policyArn });
  });
});

describe('trustPolicy', () => {
  it('lets Lambda assume a role', () => {
    expect(JSON.stringify(trustPolicy('lambda.amazonaws.com', ACCOUNT))).to.equal(TRUST_TEXT);
  });

  it('lets AWS Config assume a role for this account alone', () => {
    expect(trustPolicy('config.amazonaws.com', ACCOUNT).Statement).to.deep.equal([
      {
        Sid: 'Service',
        Effect: 'Allow',
        Principal: { Service: 'config.amazonaws.com' },
        Action: ['sts:AssumeRole'],
        Condition: { StringEquals: { 'aws:SourceAccount': [ACCOUNT] } },
      },
    ]);
  });
});
