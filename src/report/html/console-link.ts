/**
 * Where a resource is found in the AWS console, for the types whose address there is known. The host of each partition:
 * https://docs.aws.amazon.com/general/latest/gr/mgmt-console.html,
 * https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/using-govcloud-endpoints.html,
 * https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
 */
interface Located {
  readonly type: string;
  readonly id: string;
  readonly arn: string;
  readonly region: string;
}

const HOSTS: ReadonlyMap<string, string> = new Map([
  ['aws', 'console.aws.amazon.com'],
  ['aws-cn', 'console.amazonaws.cn'],
  ['aws-us-gov', 'console.amazonaws-us-gov.com'],
]);

/** Paths below the console's host, of an id and a region that are encoded already. */
const PATHS: ReadonlyMap<string, (id: string, region: string) => string> = new Map([
  ['AWS::EC2::Instance', (id, region) => `ec2/home?region=${region}#InstanceDetails:instanceId=${id}`],
  ['AWS::EC2::Volume', (id, region) => `ec2/home?region=${region}#VolumeDetails:volumeId=${id}`],
  ['AWS::EC2::SecurityGroup', (id, region) => `ec2/home?region=${region}#SecurityGroup:groupId=${id}`],
  ['AWS::RDS::DBInstance', (id, region) => `rds/home?region=${region}#database:id=${id};is-cluster=false`],
  ['AWS::RDS::DBCluster', (id, region) => `rds/home?region=${region}#database:id=${id};is-cluster=true`],
  ['AWS::S3::Bucket', (id, region) => `s3/buckets/${id}?region=${region}`],
]);

/** `undefined` where the type or the partition has no address that is known. */
export function consoleLink({ type, id, arn, region }: Located): `https://${string}` | undefined {
  const host = HOSTS.get(arn.split(':')[1] ?? '');
  const path = PATHS.get(type);
  if (host === undefined || path === undefined) return undefined;
  return `https://${host}/${path(encodeURIComponent(id), encodeURIComponent(region))}`;
}
