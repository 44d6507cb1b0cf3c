import { DescribeInstancesCommand, DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { DescribeInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import type { Account, ClosedAccount } from '../../src/aws/accounts.ts';
import type { Gap } from '../../src/engine/evaluation.ts';
import { known, notCollected } from '../../src/engine/model.ts';
import type { Fact, Resource } from '../../src/engine/model.ts';
import { LISTED } from '../../src/inventory/collector.ts';
import type { Collector } from '../../src/inventory/collector.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { openLive } from '../../src/inventory/live.ts';
import type { LivePlan, Progress } from '../../src/inventory/live.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';
import { bucket } from '../support/resources.ts';

const account: Account = {
  accountId: '111122223333',
  partition: 'aws',
  credentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }),
};
const denial = () => serviceError('UnauthorizedOperation', 403, 'You are not authorized to perform this operation.');
const gapOf = (changes: Partial<Gap>): Gap => ({
  account_id: '111122223333',
  region: 'eu-west-1',
  api: 'ec2:DescribeInstances',
  reason: 'denied',
  permission: 'ec2:DescribeInstances',
  message: 'ec2:DescribeInstances was denied: You are not authorized to perform this operation.',
  calls: 1,
  ...changes,
});

function plan(changes: Partial<LivePlan> = {}): LivePlan {
  return {
    accounts: [account],
    regions: ['eu-west-1'],
    homeRegion: 'eu-west-1',
    facts: new Map([['AWS::EC2::Instance', new Set(['tags'])]]),
    env: {},
    signal: new AbortController().signal,
    ...changes,
  };
}

const mockEc2 = () => mockClient(EC2Client);

async function walk(inventory: Inventory): Promise<Resource[]> {
  const resources: Resource[] = [];
  for await (const page of inventory.pages()) resources.push(...page);
  return resources;
}

/** A page of running instances. */
function page(ids: readonly string[], NextToken?: string): DescribeInstancesCommandOutput {
  return {
    $metadata: {},
    Reservations: ids.map((InstanceId) => ({
      Instances: [{ InstanceId, InstanceType: 't3.micro', State: { Name: 'running' as const } }],
    })),
    ...(NextToken !== undefined && { NextToken }),
  };
}

describe('the live inventory', () => {
  let ec2: ReturnType<typeof mockEc2>;
  /** Regions that DescribeInstances was sent to, call by call. */
  const askedRegions = async () =>
    Promise.all(
      ec2.commandCalls(DescribeInstancesCommand).map(async ({ thisValue }) => (thisValue as EC2Client).config.region()),
    );
  beforeEach(() => {
    ec2 = mockEc2();
  });
  afterEach(() => {
    ec2.restore();
  });

  it('says what it is before it is walked', async () => {
    const facts = new Map([['AWS::EC2::Instance' as const, new Set(['tags'])]]);
    const inventory = await openLive(plan({ regions: ['us-east-1', 'eu-west-1', 'us-east-1'], facts }));
    expect(inventory).to.deep.include({
      source: 'live',
      accounts: ['111122223333'],
      regions: ['eu-west-1', 'us-east-1'],
      facts,
    });
    expect(inventory.coverage()).to.deep.equal({ gaps: [], listings: 0, complete: true });
    expect(ec2.calls()).to.have.length(0);
  });

  it('reads every page of every region, and counts the listings that were answered', async () => {
    const sent: object[] = [];
    ec2.on(DescribeInstancesCommand).callsFake((input: object) => {
      // The paginator changes its input from call to call.
      sent.push({ ...input });
      return sent.length === 1 ? page(['i-1', 'i-2'], 'more') : page(['i-3']);
    });
    const inventory = await openLive(plan());
    const resources = await walk(inventory);
    expect(resources.map(({ id, arn, region }) => [id, arn, region])).to.deep.equal([
      ['i-1', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-1', 'eu-west-1'],
      ['i-2', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-2', 'eu-west-1'],
      ['i-3', 'arn:aws:ec2:eu-west-1:111122223333:instance/i-3', 'eu-west-1'],
    ]);
    expect(sent).to.deep.equal([
      { MaxResults: 500, NextToken: undefined },
      { MaxResults: 500, NextToken: 'more' },
    ]);
    expect(inventory.coverage()).to.deep.equal({ gaps: [], listings: 2, complete: true });
  });

  it('reads nothing that no rule needs', async () => {
    const inventory = await openLive(
      plan({ facts: new Map([['AWS::S3::Bucket', new Set(['tags'])]]), collectors: [] }),
    );
    expect(await walk(inventory)).to.deep.equal([]);
    expect(inventory.coverage()).to.deep.equal({ gaps: [], listings: 0, complete: true });
    expect(ec2.calls()).to.have.length(0);
  });

  it('keeps the pages before the one that failed', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolvesOnce(page(['i-1'], 'more'))
      .rejectsOnce(denial());
    const inventory = await openLive(plan());
    expect((await walk(inventory)).map(({ id }) => id)).to.deep.equal(['i-1']);
    expect(inventory.coverage()).to.deep.equal({ gaps: [gapOf({})], listings: 1, complete: true });
  });

  it('reads the other regions where one is refused', async () => {
    ec2.on(DescribeInstancesCommand).callsFake(async (_input, getClient: () => EC2Client) => {
      if ((await getClient().config.region()) === 'us-east-1') throw denial();
      return page(['i-1']);
    });
    const inventory = await openLive(plan({ regions: ['us-east-1', 'eu-west-1'] }));
    expect((await walk(inventory)).map(({ id, region }) => [id, region])).to.deep.equal([['i-1', 'eu-west-1']]);
    expect(inventory.coverage()).to.deep.equal({
      gaps: [gapOf({ region: 'us-east-1' })],
      listings: 1,
      complete: true,
    });
    expect((await askedRegions()).toSorted()).to.deep.equal(['eu-west-1', 'us-east-1']);
  });

  it('takes an answer without its list for no answer', async () => {
    ec2.on(DescribeInstancesCommand).resolves({});
    const inventory = await openLive(plan());
    expect(await walk(inventory)).to.deep.equal([]);
    expect(inventory.coverage()).to.deep.equal({
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: 'ec2:DescribeInstances',
          reason: 'error',
          message: 'ec2:DescribeInstances failed: The answer has no reservationSet.',
          calls: 1,
        },
      ],
      listings: 0,
      complete: true,
    });
  });

  it('throws a defect of ours on', async () => {
    const defect = new TypeError('ours');
    ec2.on(DescribeInstancesCommand).rejects(defect);
    const inventory = await openLive(plan());
    expect(await thrownBy(() => walk(inventory))).to.equal(defect);
  });

  it('names the call that kept an account closed', async () => {
    const detail = 'Role arn:aws:iam::777788889999:role/audit belongs to account 777788889999, not 444455556666';
    const inventory = await openLive(
      plan({
        accounts: [{ accountId: '444455556666', operation: 'GetCallerIdentity', failure: { reason: 'error', detail } }],
      }),
    );
    expect(inventory.coverage().gaps).to.deep.equal([
      {
        account_id: '444455556666',
        region: 'global',
        api: 'sts:GetCallerIdentity',
        reason: 'error',
        message: `sts:GetCallerIdentity failed: ${detail}.`,
        calls: 1,
      },
    ]);
  });

  it('shows an account that could not be entered as a gap, and reads the others', async () => {
    ec2.on(DescribeInstancesCommand).resolves(page(['i-1']));
    const closed: ClosedAccount = {
      accountId: '444455556666',
      operation: 'AssumeRole',
      failure: { reason: 'denied', detail: 'User is not authorized' },
    };
    const inventory = await openLive(plan({ accounts: [closed, account] }));
    expect(inventory.accounts).to.deep.equal(['111122223333', '444455556666']);
    expect((await walk(inventory)).map(({ id }) => id)).to.deep.equal(['i-1']);
    expect(inventory.coverage()).to.deep.equal({
      gaps: [
        {
          account_id: '444455556666',
          region: 'global',
          api: 'sts:AssumeRole',
          permission: 'sts:AssumeRole',
          reason: 'denied',
          message: 'sts:AssumeRole was denied: User is not authorized.',
          calls: 1,
        },
      ],
      listings: 1,
      complete: true,
    });
  });

  describe('where all regions are asked for', () => {
    it('reads those that are enabled', async () => {
      ec2.on(DescribeRegionsCommand, { AllRegions: false }).resolves({
        Regions: [{ RegionName: 'us-east-1' }, { RegionName: 'eu-west-1' }],
      });
      ec2.on(DescribeInstancesCommand).resolves(page([]));
      const inventory = await openLive(plan({ regions: 'all' }));
      expect(inventory.regions).to.deep.equal(['eu-west-1', 'us-east-1']);
      expect(await walk(inventory)).to.deep.equal([]);
      expect((await askedRegions()).toSorted()).to.deep.equal(['eu-west-1', 'us-east-1']);
      expect(inventory.coverage()).to.deep.equal({ gaps: [], listings: 2, complete: true });
    });

    it('leaves a gap where the account does not say which there are', async () => {
      ec2.on(DescribeRegionsCommand).rejects(denial());
      const inventory = await openLive(plan({ regions: 'all' }));
      expect(await walk(inventory)).to.deep.equal([]);
      expect(inventory.regions).to.deep.equal([]);
      expect(inventory.coverage()).to.deep.equal({
        gaps: [
          gapOf({
            region: 'global',
            api: 'ec2:DescribeRegions',
            permission: 'ec2:DescribeRegions',
            message: 'ec2:DescribeRegions was denied: You are not authorized to perform this operation.',
          }),
        ],
        listings: 0,
        complete: true,
      });
    });

    it('was interrupted where it was ended during that call, whatever the call says', async () => {
      const interruption = new AbortController();
      ec2.on(DescribeRegionsCommand).callsFake(() => {
        interruption.abort('interrupted');
        throw serviceError('RequestLimitExceeded', 503, 'Slow down.');
      });
      const inventory = await openLive(plan({ regions: 'all', signal: interruption.signal }));
      expect(inventory.coverage()).to.deep.equal({
        gaps: [
          {
            account_id: '111122223333',
            region: 'global',
            api: 'ec2:DescribeRegions',
            reason: 'interrupted',
            message: 'The scan was interrupted before ec2:DescribeRegions was done.',
            calls: 1,
          },
        ],
        listings: 0,
        complete: false,
      });
    });

    it('throws a defect of ours on', async () => {
      const defect = new TypeError('ours');
      ec2.on(DescribeRegionsCommand).rejects(defect);
      expect(await thrownBy(() => openLive(plan({ regions: 'all' })))).to.equal(defect);
    });
  });

  for (const [reason, message] of [
    ['interrupted', 'The scan was interrupted before ec2:DescribeInstances was done.'],
    ['deadline', 'The time ran out before ec2:DescribeInstances was done.'],
  ] as const) {
    it(`is incomplete where it was ended by ${reason}, whatever the call says, and keeps what it has`, async () => {
      const end = new AbortController();
      ec2
        .on(DescribeInstancesCommand)
        .resolvesOnce(page(['i-1'], 'more'))
        .callsFake(() => {
          end.abort(reason);
          throw serviceError('RequestLimitExceeded', 503, 'Slow down.');
        });
      const inventory = await openLive(plan({ signal: end.signal }));
      expect((await walk(inventory)).map(({ id }) => id)).to.deep.equal(['i-1']);
      expect(inventory.coverage()).to.deep.equal({
        gaps: [
          {
            account_id: '111122223333',
            region: 'eu-west-1',
            api: 'ec2:DescribeInstances',
            reason,
            message,
            calls: 1,
          },
        ],
        listings: 1,
        complete: false,
      });
    });
  }

  it('tells how far it is', async () => {
    ec2
      .on(DescribeInstancesCommand)
      .resolvesOnce(page(['i-1', 'i-2'], 'more'))
      .resolvesOnce(page(['i-3']));
    const told: Progress[] = [];
    await walk(await openLive(plan({ onProgress: (progress) => told.push(progress) })));
    const of = { accounts: 1, regions: 1, lanes: 1 };
    expect(told).to.deep.equal([
      { ...of, resources: 2, lanesDone: 0 },
      { ...of, resources: 3, lanesDone: 0 },
      { ...of, resources: 3, lanesDone: 1 },
    ]);
  });

  it('closes its connections lane by lane, failed ones too', async () => {
    const destroyed: string[] = [];
    ec2.on(DescribeInstancesCommand).callsFake(async (_input, getClient: () => EC2Client) => {
      const client = getClient();
      const region = await client.config.region();
      const destroy = client.destroy.bind(client);
      client.destroy = () => {
        destroyed.push(region);
        destroy();
      };
      if (region === 'us-east-1') throw denial();
      return page([]);
    });
    await walk(await openLive(plan({ regions: ['eu-west-1', 'us-east-1'] })));
    expect(destroyed.toSorted()).to.deep.equal(['eu-west-1', 'us-east-1']);
  });
});

describe('reading one fact', () => {
  /** Yields one bucket with the encryption that `ask` gives. */
  const collectorOf = (ask: () => Promise<null>, answers?: Readonly<Record<string, () => null>>): Collector => ({
    service: 's3',
    resourceType: 'AWS::S3::Bucket',
    list: { operation: 'ListBuckets', action: 's3:ListAllMyBuckets', resource: null },
    types: {
      'AWS::S3::Bucket': {
        tags: LISTED,
        encryption: { operation: 'GetBucketEncryption', action: 's3:GetEncryptionConfiguration', resource: null },
      },
    },
    async *collect(context) {
      const encryption = await context.read('AWS::S3::Bucket', 'encryption', ask, answers);
      yield [bucket({ encryption })];
    },
  });
  const readWith = async (
    collector: Collector,
    changes: Partial<LivePlan> = {},
  ): Promise<{ encryption: Fact<unknown> | undefined; gaps: readonly Gap[]; complete: boolean }> => {
    const facts = new Map([['AWS::S3::Bucket' as const, new Set(['encryption'])]]);
    const inventory = await openLive(plan({ facts, collectors: [collector], ...changes }));
    const [resource] = (await walk(inventory)) as ReturnType<typeof bucket>[];
    const { gaps, complete } = inventory.coverage();
    return { encryption: resource?.encryption, gaps, complete };
  };
  const failing = (error: unknown) => async () => {
    throw error;
  };

  it('gives what was read', async () => {
    expect(await readWith(collectorOf(async () => null))).to.deep.equal({
      encryption: known(null),
      gaps: [],
      complete: true,
    });
  });

  it('does not ask for a fact that no rule needs', async () => {
    let asked = false;
    const collector = collectorOf(async () => {
      asked = true;
      return null;
    });
    const facts = new Map([['AWS::S3::Bucket' as const, new Set<string>()]]);
    expect(await readWith(collector, { facts })).to.deep.equal({ encryption: notCollected, gaps: [], complete: true });
    expect(asked).to.equal(false);
  });

  it('names the permission where it was denied', async () => {
    expect(await readWith(collectorOf(failing(serviceError('AccessDenied', 403, 'Access Denied'))))).to.deep.equal({
      encryption: { known: false, reason: 'denied', permission: 's3:GetEncryptionConfiguration' },
      gaps: [
        gapOf({
          api: 's3:GetBucketEncryption',
          permission: 's3:GetEncryptionConfiguration',
          message: 's3:GetEncryptionConfiguration was denied: Access Denied.',
        }),
      ],
      complete: true,
    });
  });

  it('takes an error for an answer where it is one', async () => {
    const none = serviceError('ServerSideEncryptionConfigurationNotFoundError', 404, 'Not found');
    const answers = { ServerSideEncryptionConfigurationNotFoundError: () => null };
    expect(await readWith(collectorOf(failing(none), answers))).to.deep.equal({
      encryption: known(null),
      gaps: [],
      complete: true,
    });
  });

  it('takes no other error for one, not even one called like a part of every object', async () => {
    const odd = serviceError('constructor', 400, 'Odd');
    const { encryption, gaps } = await readWith(collectorOf(failing(odd), {}));
    expect(encryption).to.deep.equal({ known: false, reason: 'error' });
    expect(gaps.map(({ message }) => message)).to.deep.equal(['s3:GetBucketEncryption failed: constructor: Odd.']);
  });

  it('is unread for the reason that the walk was ended for', async () => {
    const end = new AbortController();
    const collector = collectorOf(async () => {
      end.abort('deadline');
      throw serviceError('SlowDown', 503, 'Slow down');
    });
    expect(await readWith(collector, { signal: end.signal })).to.deep.equal({
      encryption: { known: false, reason: 'deadline' },
      gaps: [
        {
          account_id: '111122223333',
          region: 'eu-west-1',
          api: 's3:GetBucketEncryption',
          reason: 'deadline',
          message: 'The time ran out before s3:GetBucketEncryption was done.',
          calls: 1,
        },
      ],
      complete: false,
    });
  });

  it('throws a defect of ours on', async () => {
    const defect = new TypeError('ours');
    expect(await thrownBy(() => readWith(collectorOf(failing(defect))))).to.equal(defect);
  });

  it('is blamed on the listing where no call was declared for it: never on nothing', async () => {
    const denied = serviceError('AccessDenied', 403, 'Access Denied');
    const declared = collectorOf(failing(denied));
    const undeclared: Collector = { ...declared, types: { 'AWS::S3::Bucket': { encryption: LISTED } } };
    expect(await readWith(undeclared)).to.deep.equal({
      encryption: undefined,
      gaps: [
        gapOf({
          api: 's3:ListBuckets',
          permission: 's3:ListAllMyBuckets',
          message: 's3:ListAllMyBuckets was denied: Access Denied.',
        }),
      ],
      complete: true,
    });
  });
});
