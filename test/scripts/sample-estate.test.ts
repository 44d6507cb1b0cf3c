import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';

import { sampleSnapshot } from '../../scripts/sample-estate/snapshot.ts';
import { Evaluator } from '../../src/engine/evaluate.ts';
import type { DbInstance, Ec2Instance, Resource, ResourceType } from '../../src/engine/model.ts';
import { STREAM_ORDER } from '../../src/engine/model.ts';
import { rules } from '../../src/engine/rules/index.ts';
import { openSnapshot } from '../../src/inventory/snapshot.ts';

const file = fileURLToPath(new URL('../../examples/estate.ndjson.gz', import.meta.url));
const made = gunzipSync(Buffer.concat(sampleSnapshot())).toString();
const lines = made
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { resource?: Resource });
const resources = lines.flatMap(({ resource }) => resource ?? []);

const place = ({ accountId, region }: Resource) => `${accountId}/${region}`;
const ofType = <Type extends ResourceType>(type: Type) =>
  resources.filter((resource): resource is Extract<Resource, { type: Type }> => resource.type === type);
const nameOf = ({ tags }: Resource) => (tags.known ? tags.value['Name'] : undefined) ?? '';
const twice = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);

/** Ids of a type that something points at and that do not stand in the same account and region. */
function dangling(type: ResourceType, pointers: readonly (readonly [from: Resource, id: string])[]): string[] {
  const standing = new Set(resources.filter((r) => r.type === type).map((r) => `${place(r)}/${r.id}`));
  return pointers.filter(([from, id]) => !standing.has(`${place(from)}/${id}`)).map(([, id]) => id);
}

describe('the sample estate', () => {
  it('is committed as the script makes it', () => {
    // Compared uncompressed: another zlib packs the same text into other bytes.
    expect(gunzipSync(readFileSync(file)).toString()).to.equal(made);
  });

  it('opens as a snapshot whose checksum and trailer hold', async () => {
    const inventory = await openSnapshot(file);
    for await (const _page of inventory.pages());
    expect(inventory.accounts).to.deep.equal(['111122223333', '444455556666']);
    expect(inventory.regions).to.deep.equal(['ap-southeast-2', 'eu-west-1', 'us-east-1']);
    expect(inventory.origin).to.deep.equal({
      scanId: '6f1d2c3b-4a59-4e68-9b7c-0d1e2f3a4b5c',
      collectedAt: new Date('2026-11-16T06:00:00.000Z'),
    });
    expect(inventory.coverage()).to.deep.equal({
      listings: 35,
      complete: true,
      gaps: [
        {
          account_id: '111122223333',
          region: 'ap-southeast-2',
          api: 'ec2:GetManagedPrefixListEntries',
          permission: 'ec2:GetManagedPrefixListEntries',
          reason: 'denied',
          message: 'ec2:GetManagedPrefixListEntries was denied: You are not authorized to perform this operation.',
          calls: 1,
        },
        {
          account_id: '111122223333',
          region: 'us-east-1',
          api: 's3:GetBucketEncryption',
          permission: 's3:GetEncryptionConfiguration',
          reason: 'denied',
          message: 's3:GetEncryptionConfiguration was denied: Access Denied.',
          calls: 1,
        },
        {
          account_id: '444455556666',
          region: 'ap-southeast-2',
          api: 'rds:DescribeDBInstances',
          permission: 'rds:DescribeDBInstances',
          reason: 'denied',
          message:
            'rds:DescribeDBInstances was denied: User: arn:aws:sts::444455556666:assumed-role/compliance-reader/compliancectl is not authorized to perform: rds:DescribeDBInstances.',
          calls: 1,
        },
      ],
    });
  });

  it('holds so many of each type', () => {
    const counts = Object.fromEntries(STREAM_ORDER.map((type) => [type, ofType(type).length]));
    expect(counts).to.deep.equal({
      'AWS::EC2::PrefixList': 11,
      'AWS::EC2::SecurityGroup': 44,
      'AWS::EC2::Instance': 147,
      'AWS::EC2::Volume': 184,
      'AWS::RDS::DBCluster': 7,
      'AWS::RDS::DBInstance': 25,
      'AWS::S3::Bucket': 38,
    });
  });

  it('gives no ARN, interface or public address twice', () => {
    // An AWS-managed prefix list has one ARN in every account.
    const own = resources.filter(({ arn }) => !arn.includes(':aws:prefix-list/'));
    expect(twice(own.map(({ arn }) => arn))).to.deep.equal([]);
    const interfaces = ofType('AWS::EC2::Instance').flatMap(({ networkInterfaces }) => networkInterfaces);
    expect(twice(interfaces.map(({ id }) => id))).to.deep.equal([]);
    expect(twice(interfaces.flatMap(({ publicIpv4, ipv6 }) => publicIpv4.concat(ipv6)))).to.deep.equal([]);
  });

  it('points at nothing that is not there', () => {
    const groups = ofType('AWS::EC2::Instance').flatMap((from) =>
      from.securityGroupIds.map((id) => [from, id] as const),
    );
    const lists = ofType('AWS::EC2::SecurityGroup').flatMap((from) =>
      from.ingress.flatMap(({ prefixListIds }) => prefixListIds.map((id) => [from, id] as const)),
    );
    const attachments = ofType('AWS::EC2::Volume').flatMap((from) =>
      from.attachedInstanceIds.map((id) => [from, id] as const),
    );
    const pointers = (id: (database: DbInstance) => string | null) =>
      ofType('AWS::RDS::DBInstance').flatMap((from) => {
        const target = id(from);
        return target === null ? [] : [[from, target] as const];
      });
    expect([groups.length, lists.length, attachments.length]).to.deep.equal([145, 11, 168]);
    expect(dangling('AWS::EC2::SecurityGroup', groups)).to.deep.equal([]);
    expect(dangling('AWS::EC2::PrefixList', lists)).to.deep.equal([]);
    expect(dangling('AWS::EC2::Instance', attachments)).to.deep.equal([]);
    expect(
      dangling(
        'AWS::RDS::DBCluster',
        pointers(({ dbClusterIdentifier }) => dbClusterIdentifier),
      ),
    ).to.deep.equal([]);
    expect(
      dangling(
        'AWS::RDS::DBInstance',
        pointers(({ replicationSource }) => replicationSource),
      ),
    ).to.deep.equal([]);
  });

  it('has what each kind of verdict is shown with', () => {
    const instances = (test: (instance: Ec2Instance) => boolean) =>
      ofType('AWS::EC2::Instance').filter(test).map(nameOf).toSorted();
    const reached = instances(({ networkInterfaces }) =>
      networkInterfaces.some(({ publicIpv4, ipv6 }) => publicIpv4.length + ipv6.length > 0),
    );
    const groupsWith = (cidrs: readonly string[]) =>
      ofType('AWS::EC2::SecurityGroup')
        .filter(({ ingress }) =>
          ingress.some(({ ipv4, ipv6 }) => cidrs.every((cidr) => [...ipv4, ...ipv6].includes(cidr))),
        )
        .map(({ groupName }) => groupName);
    expect({
      reached,
      departed: instances(({ state }) => state === 'terminated' || state === 'shutting-down'),
      legacyVolumes: ofType('AWS::EC2::Volume')
        .filter((volume) => nameOf(volume) === 'legacy-archive')
        .map(({ encrypted }) => encrypted),
      halves: groupsWith(['0.0.0.0/1', '128.0.0.0/1']),
      unreadLists: ofType('AWS::EC2::PrefixList').flatMap(({ entries }) => (entries.known ? [] : [entries])),
      unreadBuckets: ofType('AWS::S3::Bucket').flatMap(({ id, encryption }) => (encryption.known ? [] : [id])),
      algorithms: [
        ...new Set(
          ofType('AWS::S3::Bucket').flatMap(({ encryption }) =>
            encryption.known ? [encryption.value?.algorithm ?? 'none'] : [],
          ),
        ),
      ].toSorted(),
      replicas: ofType('AWS::RDS::DBInstance').flatMap(({ id, replicationSource }) =>
        replicationSource === null ? [] : [`${id} of ${replicationSource}`],
      ),
      membersOfPlainEngines: ofType('AWS::RDS::DBInstance').flatMap(({ id, engine, dbClusterIdentifier }) =>
        dbClusterIdentifier !== null && engine === 'postgres' ? [id] : [],
      ),
    }).to.deep.equal({
      reached: [
        'bastion-1',
        'bastion-2',
        'edge-cache-1',
        'edge-cache-2',
        'partner-sftp',
        'sandbox-1',
        'sandbox-2',
        'sandbox-3',
        'vpn',
        'windows-jump',
      ],
      departed: ['web-canary', 'web-old-1', 'web-old-2'],
      legacyVolumes: [true, false],
      halves: ['vpn-legacy'],
      unreadLists: [{ known: false, reason: 'denied', permission: 'ec2:GetManagedPrefixListEntries' }],
      unreadBuckets: ['streamflix-prod-legal-hold'],
      algorithms: ['AES256', 'aws:kms', 'aws:kms:dsse', 'none'],
      replicas: ['billing-reports of billing'],
      membersOfPlainEngines: ['ledger-1', 'ledger-2', 'ledger-3'],
    });
  });

  it('shows a pass and a failure of every rule', () => {
    const parameters: Readonly<Record<string, object>> = {
      // The one rule that has nothing to say until it is told what is approved.
      'ec2-approved-instance-type': { approved: ['t3.*', 't4g.*', 'm7g.*', 'm7i.*', 'c6i.*', 'c7g.*', 'c7i.*'] },
    };
    const evaluator = new Evaluator(
      rules.map((rule) => ({ rule, parameters: rule.parameters.parse(parameters[rule.id] ?? {}) })),
    );
    for (const resource of resources) evaluator.evaluate(resource);
    const { by_rule: byRule } = evaluator.totals();
    const oneSided = rules.filter(({ id }) => byRule[id]?.compliant === 0 || byRule[id]?.non_compliant === 0);
    expect(oneSided.map(({ id }) => id)).to.deep.equal([]);
    expect(byRule['ec2-required-tags']).to.deep.equal({
      total: 147,
      compliant: 125,
      non_compliant: 19,
      not_applicable: 3,
      unknown: 0,
      waived: 0,
    });
  });
});
