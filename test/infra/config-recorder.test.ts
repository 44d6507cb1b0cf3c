import { expect } from 'chai';

import { ComplianceBucket } from '../../src/infra/bucket.ts';
import { ConfigRecorder } from '../../src/infra/config-recorder.ts';
import { graphOf } from './component-graph.ts';
import type { Graph } from './component-graph.ts';
import { ACCOUNT, DECRYPTS, bucketSpec, decryptsText, recorderSpec } from './sample-parts.ts';

const RECORDER = 'aws:cfg/recorder:Recorder';
const CHANNEL = 'aws:cfg/deliveryChannel:DeliveryChannel';
const STATUS = 'aws:cfg/recorderStatus:RecorderStatus';

async function graph(spec = recorderSpec): Promise<Graph> {
  return await graphOf(() => {
    const delivery = new ComplianceBucket({ spec: bucketSpec() });
    return new ConfigRecorder({ spec, accountId: ACCOUNT, delivery, keyArn: 'arn:key' });
  });
}

describe('ConfigRecorder', () => {
  it('records the listed types, and no others', async () => {
    const { one } = await graph();
    const recorder = one(RECORDER, 'config-recorder-test');
    expect(recorder.parent).to.equal('compliancectl:infra:ConfigRecorder config-recorder-test');
    expect(recorder.inputs).to.deep.equal({
      name: 'config-recorder-test',
      roleArn: `arn:aws:iam::${ACCOUNT}:role/config-role-test`,
      recordingGroup: { allSupported: false, resourceTypes: ['AWS::EC2::Instance', 'AWS::S3::Bucket'] },
    });
  });

  it('delivers to its bucket', async () => {
    const { one } = await graph();
    expect(one(CHANNEL, 'config-delivery-channel-test').inputs).to.deep.equal({
      name: 'config-delivery-channel-test',
      s3BucketName: `results-test-${ACCOUNT}-eu-west-1-an`,
    });
  });

  it('is switched on', async () => {
    const { one } = await graph();
    expect(one(STATUS, 'config-recorder-test-status').inputs).to.deep.equal({
      name: 'config-recorder-test',
      isEnabled: true,
    });
  });

  it('has AWS’s role for it, which may use the stack’s key where it is named', async () => {
    const { one } = await graph({ ...recorderSpec, role: { ...recorderSpec.role, policy: [DECRYPTS] } });
    expect(one('aws:iam/rolePolicyAttachment:RolePolicyAttachment').inputs).to.deep.equal({
      role: 'config-role-test',
      policyArn: 'arn:aws:iam::aws:policy/service-role/AWS_ConfigRole',
    });
    expect(one('aws:iam/rolePolicy:RolePolicy').inputs['policy']).to.equal(decryptsText('arn:key'));
    expect(one('aws:iam/role:Role').inputs['assumeRolePolicy']).to.contain(`"aws:SourceAccount":["${ACCOUNT}"]`);
  });

  it('comes after its role, the channel after both it and the bucket’s policy, and starts last', async () => {
    const { waits } = await graph();
    const recorder = `${RECORDER} config-recorder-test`;
    const channel = `${CHANNEL} config-delivery-channel-test`;
    for (const [after, before] of [
      [recorder, 'aws:iam/rolePolicy:RolePolicy config-role-test-policy'],
      [recorder, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment config-role-test-AWS_ConfigRole'],
      [channel, recorder],
      [channel, 'aws:s3/bucketPolicy:BucketPolicy results-test-policy'],
      [`${STATUS} config-recorder-test-status`, channel],
    ] as const) {
      expect(waits(after, before), `${after} after ${before}`).to.equal(true);
    }
  });
});
