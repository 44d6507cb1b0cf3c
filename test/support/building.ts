/** Puts things into one region of an emulated account, and says what AWS called them. */
import {
  AllocateAddressCommand,
  AssignIpv6AddressesCommand,
  AssociateAddressCommand,
  AttachNetworkInterfaceCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateManagedPrefixListCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { _InstanceType, IpPermission } from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBInstanceCommand,
  CreateDBInstanceReadReplicaCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import {
  CreateBucketCommand,
  DeleteBucketEncryptionCommand,
  PutBucketEncryptionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

export interface BuiltInstance {
  readonly id: string;
  readonly rootVolume: string;
  readonly primaryInterface: string;
  /** The address that it was given at its start, if it was. */
  readonly publicIpv4: string | undefined;
}

export interface InterfaceAddresses {
  readonly interfaceId: string;
  readonly elasticIp: string;
}

export interface Site {
  /** Without a public address unless it is asked for. */
  readonly instance: (given: {
    readonly tags?: Readonly<Record<string, string>>;
    readonly type?: _InstanceType;
    readonly encrypted: boolean;
    readonly isPublic?: boolean;
    readonly groupIds?: readonly string[];
  }) => Promise<BuiltInstance>;
  readonly terminate: (instanceId: string) => Promise<void>;
  /** A second interface of an instance, with an Elastic IP and an IPv6 address. */
  readonly secondInterface: (instanceId: string, ipv6: string) => Promise<InterfaceAddresses>;
  readonly volume: (given: { readonly encrypted: boolean }) => Promise<string>;
  /** The id of the group that every VPC has. */
  readonly defaultGroup: () => Promise<string>;
  readonly group: (name: string, ingress: readonly IpPermission[]) => Promise<string>;
  readonly prefixList: (cidrs: readonly string[]) => Promise<string>;
  /** With `null`, without a default encryption: what buckets had before 2023. */
  readonly bucket: (name: string, encryption: 'AES256' | 'aws:kms' | null) => Promise<void>;
  readonly database: (
    name: string,
    given: { readonly retention?: number; readonly cluster?: string; readonly engine?: string },
  ) => Promise<void>;
  readonly replica: (name: string, source: string) => Promise<void>;
  readonly cluster: (name: string, retention: number) => Promise<void>;
}

interface Clients {
  readonly ec2: EC2Client;
  readonly rds: RDSClient;
  readonly s3: S3Client;
}

export interface Place {
  readonly endpoint: string;
  readonly region: string;
  /** A role in the account to build in; without one it is the account that the emulator plays. */
  readonly roleArn?: string;
}

/** Runs `build` with a site that is closed when it is done. */
export async function building<Built>(place: Place, build: (site: Site) => Promise<Built>): Promise<Built> {
  const { endpoint, region } = place;
  const settings = { endpoint, region, credentials: await credentialsFor(place) };
  const clients = {
    ec2: new EC2Client(settings),
    rds: new RDSClient(settings),
    s3: new S3Client({ ...settings, forcePathStyle: true }),
  };
  try {
    return await build(siteOf(clients, region));
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** An emulator tells accounts apart by the key that a call is signed with. */
async function credentialsFor({ endpoint, region, roleArn }: Place) {
  const own = { accessKeyId: 'testing', secretAccessKey: 'testing' };
  if (roleArn === undefined) return own;
  const sts = new STSClient({ endpoint, region, credentials: own });
  try {
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'building' }));
    return { accessKeyId: given(Credentials?.AccessKeyId), secretAccessKey: given(Credentials?.SecretAccessKey) };
  } finally {
    sts.destroy();
  }
}

function siteOf({ ec2, rds, s3 }: Clients, region: string): Site {
  return {
    ...machines(ec2),
    ...networks(ec2),
    volume: async ({ encrypted }) => {
      const made = await ec2.send(
        new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1, Encrypted: encrypted }),
      );
      return given(made.VolumeId);
    },
    bucket: (name, encryption) => makeBucket(s3, region, name, encryption),
    ...databases(rds),
  };
}

function machines(ec2: EC2Client): Pick<Site, 'instance' | 'terminate' | 'secondInterface'> {
  return {
    instance: async ({ tags = {}, type = 't3.micro', encrypted, isPublic = false, groupIds = [] }) => {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const answer = await ec2.send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          InstanceType: type,
          BlockDeviceMappings: [
            { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 8, Encrypted: encrypted, DeleteOnTermination: true } },
          ],
          NetworkInterfaces: [
            {
              DeviceIndex: 0,
              SubnetId: await firstSubnet(ec2),
              AssociatePublicIpAddress: isPublic,
              Groups: [...groupIds],
            },
          ],
          ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
        }),
      );
      const id = given(answer.Instances?.[0]?.InstanceId);
      const described = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
      const instance = described.Reservations?.[0]?.Instances?.[0];
      return {
        id,
        rootVolume: given(instance?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId),
        primaryInterface: given(instance?.NetworkInterfaces?.[0]?.NetworkInterfaceId),
        publicIpv4: instance?.PublicIpAddress,
      };
    },
    terminate: async (instanceId) => {
      await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
    },
    secondInterface: async (instanceId, ipv6) => {
      const made = await ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: await firstSubnet(ec2) }));
      const NetworkInterfaceId = given(made.NetworkInterface?.NetworkInterfaceId);
      await ec2.send(new AttachNetworkInterfaceCommand({ NetworkInterfaceId, InstanceId: instanceId, DeviceIndex: 1 }));
      const { AllocationId, PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
      await ec2.send(new AssociateAddressCommand({ AllocationId, NetworkInterfaceId }));
      await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6Addresses: [ipv6] }));
      return { interfaceId: NetworkInterfaceId, elasticIp: given(PublicIp) };
    },
  };
}

function networks(ec2: EC2Client): Pick<Site, 'defaultGroup' | 'group' | 'prefixList'> {
  return {
    defaultGroup: async () => {
      const Filters = [{ Name: 'group-name', Values: ['default'] }];
      const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }));
      return given(SecurityGroups?.[0]?.GroupId);
    },
    group: async (name, ingress) => {
      const made = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: name }));
      const GroupId = given(made.GroupId);
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [...ingress] }));
      return GroupId;
    },
    prefixList: async (cidrs) => {
      const { PrefixList } = await ec2.send(
        new CreateManagedPrefixListCommand({
          PrefixListName: 'everyone',
          MaxEntries: cidrs.length,
          AddressFamily: 'IPv4',
          Entries: cidrs.map((Cidr) => ({ Cidr })),
        }),
      );
      return given(PrefixList?.PrefixListId);
    },
  };
}

async function makeBucket(
  s3: S3Client,
  region: string,
  Bucket: string,
  encryption: 'AES256' | 'aws:kms' | null,
): Promise<void> {
  // The first region of all takes no constraint.
  const LocationConstraint = region === 'us-east-1' ? undefined : (region as BucketLocationConstraint);
  await s3.send(
    new CreateBucketCommand({
      Bucket,
      ...(LocationConstraint !== undefined && { CreateBucketConfiguration: { LocationConstraint } }),
    }),
  );
  if (encryption === null) {
    await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
    return;
  }
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: encryption } }];
  await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
}

function databases(rds: RDSClient): Pick<Site, 'database' | 'replica' | 'cluster'> {
  const secret = { MasterUsername: 'admin', MasterUserPassword: 'testing-only' };
  return {
    database: async (name, { retention, cluster, engine = 'mysql' }) => {
      await rds.send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: name,
          DBInstanceClass: 'db.t3.micro',
          Engine: engine,
          ...(cluster === undefined ? { ...secret, AllocatedStorage: 20 } : { DBClusterIdentifier: cluster }),
          ...(retention !== undefined && { BackupRetentionPeriod: retention }),
        }),
      );
    },
    replica: async (name, source) => {
      await rds.send(
        new CreateDBInstanceReadReplicaCommand({ DBInstanceIdentifier: name, SourceDBInstanceIdentifier: source }),
      );
    },
    cluster: async (name, retention) => {
      await rds.send(
        new CreateDBClusterCommand({
          DBClusterIdentifier: name,
          Engine: 'aurora-mysql',
          ...secret,
          BackupRetentionPeriod: retention,
        }),
      );
    },
  };
}

async function firstSubnet(ec2: EC2Client): Promise<string> {
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  return given(Subnets?.[0]?.SubnetId);
}

function given(id: string | undefined): string {
  if (id === undefined) throw new Error('The emulator gave no id.');
  return id;
}
