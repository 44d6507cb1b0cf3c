import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateVolumeCommand,
  EC2Client,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { expect } from 'chai';

import type { WasteDocument } from '../../src/report/waste-document.ts';
import { awsAt, runBuiltCli } from '../support/cli.ts';
import { withEmulator } from '../support/emulator.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import type { Api, FaultProxy } from '../support/fault-proxy.ts';
import { startMoto } from '../support/moto.ts';
import { temporaryFolder } from '../support/temporary.ts';

const REGION = 'us-east-1';
const DAY = 86_400_000;

/** What the Price List has: family, attributes, unit, price. */
const PRODUCTS = [
  ['Storage', { volumeApiName: 'gp2', usagetype: 'EBS:VolumeUsage.gp2' }, 'GB-Mo', 0.1],
  ['Storage', { volumeApiName: 'gp3', usagetype: 'EBS:VolumeUsage.gp3' }, 'GB-Mo', 0.08],
  ['Storage', { volumeApiName: 'io1', usagetype: 'EBS:VolumeUsage.piops' }, 'GB-Mo', 0.125],
  ['System Operation', { volumeApiName: 'io1', usagetype: 'EBS:VolumeP-IOPS.piops' }, 'IOPS-Mo', 0.065],
  ['Provisioned Throughput', { volumeApiName: 'gp3', usagetype: 'EBS:VolumeP-Throughput.gp3' }, 'GiBps-mo', 40.96],
  ['Storage Snapshot', { usagetype: 'EBS:SnapshotUsage' }, 'GB-Mo', 0.06],
  ['VPN', { group: 'VPCPublicIPv4Address', usagetype: 'PublicIPv4:IdleAddress' }, 'Hrs', 0.005],
  ['Storage Snapshot', { usagetype: 'TimedStorage-ByteHrs' }, 'GB-Mo', 0.03],
] as const;

/** As GetProducts answers. */
function productsFor(request: string): object {
  const { Filters } = JSON.parse(request) as { Filters: readonly { readonly Field: string; readonly Value: string }[] };
  const fitting = PRODUCTS.map(([productFamily, own, unit, usd], index) => {
    const sku = `WASTE${index}`;
    const attributes = { regionCode: REGION, locationType: 'AWS Region', ...own };
    const fields: Readonly<Record<string, string>> = { productFamily, ...attributes };
    const price = {
      unit,
      pricePerUnit: { USD: String(usd) },
      beginRange: '0',
      endRange: 'Inf',
      rateCode: `${sku}.T.R`,
    };
    const terms = { OnDemand: { [`${sku}.T`]: { sku, priceDimensions: { [`${sku}.T.R`]: price } } } };
    return { fields, text: JSON.stringify({ product: { sku, productFamily, attributes }, terms }) };
  }).filter(({ fields }) => Filters.every(({ Field, Value }) => fields[Field] === Value));
  return { FormatVersion: 'aws_v1', PriceList: fitting.map(({ text }) => text) };
}

/** Log groups as old and as large as their names say: in moto all of them are new and empty. */
function aged(body: string): string {
  const answer = JSON.parse(body) as {
    logGroups: { logGroupName: string; creationTime: number; storedBytes: number }[];
  };
  const logGroups = answer.logGroups.map((group) =>
    group.logGroupName.endsWith('old') ? { ...group, creationTime: Date.now() - 60.5 * DAY, storedBytes: 1e12 } : group,
  );
  return JSON.stringify({ ...answer, logGroups });
}

describe('optimize --waste on the wire', function () {
  this.timeout(60_000);
  const moto = withEmulator('moto', () => startMoto());
  const path = temporaryFolder();
  let proxy: FaultProxy;
  let ids: { readonly data: string; readonly gp2: string; readonly address: string };

  beforeEach(async () => {
    proxy = await startFaultProxy(moto().url);
    proxy.fail('pricing:GetProducts', { kind: 'answer', body: productsFor });
    proxy.fail('logs:DescribeLogGroups', { kind: 'rewrite', body: aged });
    ids = await seed();
  });
  afterEach(async () => proxy.stop());

  /** A volume of io1 and one of gp2 that no instance has, an address that one has and one that none has, and three log groups. */
  async function seed(): Promise<typeof ids> {
    const settings = {
      endpoint: moto().url,
      region: REGION,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    };
    const ec2 = new EC2Client(settings);
    const logs = new CloudWatchLogsClient(settings);
    try {
      const zone = { AvailabilityZone: `${REGION}a` };
      const { Instances: [instance] = [] } = await ec2.send(
        new RunInstancesCommand({ ImageId: 'ami-12c6146b', MinCount: 1, MaxCount: 1, InstanceType: 't3.micro' }),
      );
      const data = await ec2.send(
        new CreateVolumeCommand({
          ...zone,
          Size: 500,
          VolumeType: 'io1',
          Iops: 3000,
          TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'Name', Value: 'old data' }] }],
        }),
      );
      const gp2 = await ec2.send(new CreateVolumeCommand({ ...zone, Size: 20, VolumeType: 'gp2' }));
      const address = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      const used = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      await ec2.send(
        new AssociateAddressCommand({ AllocationId: used.AllocationId, InstanceId: instance?.InstanceId }),
      );
      for (const logGroupName of ['/app/old', '/app/new', '/app/kept/old']) {
        await logs.send(new CreateLogGroupCommand({ logGroupName }));
      }
      await logs.send(new PutRetentionPolicyCommand({ logGroupName: '/app/kept/old', retentionInDays: 14 }));
      return { data: `${data.VolumeId}`, gp2: `${gp2.VolumeId}`, address: `${address.AllocationId}` };
    } finally {
      ec2.destroy();
      logs.destroy();
    }
  }

  const run = async (...args: readonly string[]) =>
    runBuiltCli({
      args: ['optimize', '--waste', ...args],
      env: awsAt(proxy.url, { AWS_REGION: REGION, XDG_CACHE_HOME: path('cache'), CI: 'true' }),
    });

  const READS: readonly Api[] = [
    'sts:GetCallerIdentity',
    'ec2:DescribeVolumes',
    'ec2:DescribeAddresses',
    'logs:DescribeLogGroups',
    'pricing:GetProducts',
  ];

  it('prints one document of what is there, with what it would save, and calls nothing that changes', async () => {
    const { stdout, stderr, exitCode } = await run('--json');
    expect(stderr).to.equal('');
    expect(exitCode).to.equal(0);
    const document = JSON.parse(stdout) as WasteDocument;
    expect(document.rows.map(({ resource_id: id, saving }) => [id, saving.monthly_usd])).to.deep.include.members([
      [ids.data, 257.5],
      ['/app/old', 15],
      [ids.address, 3.65],
      [ids.gp2, 2],
      ['/app/new', 0],
    ]);
    expect(document.rows[0]).to.deep.include({
      what: 'unattached-volume',
      resource_name: 'old data',
      resource_arn: `arn:aws:ec2:${REGION}:123456789012:volume/${ids.data}`,
    });
    expect(document.rows[0]?.saving.prices.map(({ usage_type: type, source }) => [type, source])).to.deep.equal([
      ['EBS:VolumeUsage.piops', 'live'],
      ['EBS:VolumeP-IOPS.piops', 'live'],
    ]);
    expect(document.rows[0]?.cautions.at(-1)).to.include('Up to $0.06 a month for each GiB of the volume');
    // The root volume of the instance, of 8 GiB.
    expect(document.kinds.find(({ what }) => what === 'gp2-volume')).to.deep.include({ rows: 1, monthly_usd: 0.04 });
    expect(document.total).to.deep.equal({ monthly_usd: 278.19, unknown: 0, hours: 730 });
    expect(document.gaps).to.deep.equal([]);
    expect([...proxy.counts().keys()].toSorted()).to.deep.equal([...READS].toSorted());
  });

  it('shows a table, with the arithmetic where that is asked for', async () => {
    const { stdout, exitCode } = await run('-f', 'table', '--show-math', '-f', `markdown=${path('waste.md')}`);
    expect(exitCode).to.equal(0);
    const text = stdout.replaceAll(/\s+/g, ' ');
    expect(text).to.include('Would save at most $278.19 a month of 730 hours, at on-demand list prices.');
    expect(text).to.include(`old data unattached volume $257.50 ${ids.data} 500 GiB io1, 3,000 IOPS, created`);
    expect(text).to.include(
      'SAVES LESS THAN A CENT A MONTH AS YET /app/new: log group without retention, 0 bytes stored',
    );
    expect(text).to.include('500 GiB x $0.125 + 3000 IOPS x $0.065');
    expect(stdout).to.include(`  aws --region ${REGION} ec2 release-address --allocation-id ${ids.address}\n`);
    expect(stdout).to.include(
      `  id=$(aws --region ${REGION} ec2 create-snapshot --volume-id ${ids.data} --query SnapshotId --output text) &&\n`,
    );
    expect(text).to.include('In account 123456789012 (aws sts');
    expect(stdout).not.to.include('/app/kept');
  });

  it('reports what it can read where volumes are denied, names the permission, and exits with 4', async () => {
    proxy.fail('ec2:DescribeVolumes', { kind: 'deny' });
    const { stdout, exitCode } = await run('--json');
    expect(exitCode).to.equal(4);
    const { rows, gaps, incomplete } = JSON.parse(stdout) as WasteDocument;
    expect(rows.map(({ resource_id: id }) => id)).to.deep.equal(['/app/old', ids.address, '/app/new']);
    expect(gaps.map(({ kind, permission, reason }) => ({ kind, permission, reason }))).to.deep.equal([
      { kind: 'volumes', permission: 'ec2:DescribeVolumes', reason: 'denied' },
    ]);
    expect(incomplete).to.equal(true);
  });

  it('exits with 3 where nothing can be read', async () => {
    for (const api of READS.slice(1, 4)) proxy.fail(api, { kind: 'deny' });
    const { stdout, exitCode } = await run('--json');
    expect(exitCode).to.equal(3);
    expect((JSON.parse(stdout) as WasteDocument).gaps).to.have.length(3);
  });

  it('takes the prices that come with it where the Price List is denied', async () => {
    proxy.fail('pricing:GetProducts', { kind: 'deny' });
    const { stdout, exitCode } = await run('--json');
    expect(exitCode).to.equal(0);
    const { rows } = JSON.parse(stdout) as WasteDocument;
    const address = rows.find(({ resource_id: id }) => id === ids.address);
    expect(address?.saving.monthly_usd).to.equal(3.65);
    expect(address?.saving.prices[0]?.source).to.equal('bundled');
  });

  it('refuses what would change something, and asks AWS for nothing', async () => {
    const { stderr, exitCode } = await run('--yes');
    expect(exitCode).to.equal(2);
    expect(stderr).to.include('--waste and --yes do not go together');
    expect(proxy.counts().size).to.equal(0);
  });

  it('prints the policy of the report alone, and makes no call', async () => {
    const { stdout, exitCode } = await run('--print-iam-policy');
    expect(exitCode).to.equal(0);
    const actions = (JSON.parse(stdout) as { Statement: { Action: string[] }[] }).Statement.flatMap(
      ({ Action }) => Action,
    );
    expect(actions.toSorted()).to.deep.equal(READS.slice(1).toSorted());
    expect(proxy.counts().size).to.equal(0);
  });
});
