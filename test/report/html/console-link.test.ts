import { expect } from 'chai';

import { consoleLink } from '../../../src/report/html/console-link.ts';

const linkTo = (type: string, id: string, arn = 'arn:aws:x', region = 'eu-west-1') =>
  consoleLink({ type, id, arn, region });

describe('consoleLink', () => {
  it('leads to each type of resource', () => {
    expect([
      linkTo('AWS::EC2::Instance', 'i-1'),
      linkTo('AWS::EC2::Volume', 'vol-1'),
      linkTo('AWS::EC2::SecurityGroup', 'sg-1'),
      linkTo('AWS::RDS::DBInstance', 'orders'),
      linkTo('AWS::RDS::DBCluster', 'orders'),
      linkTo('AWS::S3::Bucket', 'logs.example'),
    ]).to.deep.equal([
      'https://console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-1',
      'https://console.aws.amazon.com/ec2/home?region=eu-west-1#VolumeDetails:volumeId=vol-1',
      'https://console.aws.amazon.com/ec2/home?region=eu-west-1#SecurityGroup:groupId=sg-1',
      'https://console.aws.amazon.com/rds/home?region=eu-west-1#database:id=orders;is-cluster=false',
      'https://console.aws.amazon.com/rds/home?region=eu-west-1#database:id=orders;is-cluster=true',
      'https://console.aws.amazon.com/s3/buckets/logs.example?region=eu-west-1',
    ]);
  });

  it('leads to the console of the partition', () => {
    expect(linkTo('AWS::S3::Bucket', 'b', 'arn:aws-cn:s3:::b', 'cn-north-1')).to.equal(
      'https://console.amazonaws.cn/s3/buckets/b?region=cn-north-1',
    );
    expect(linkTo('AWS::S3::Bucket', 'b', 'arn:aws-us-gov:s3:::b', 'us-gov-west-1')).to.equal(
      'https://console.amazonaws-us-gov.com/s3/buckets/b?region=us-gov-west-1',
    );
  });

  it('leads nowhere where the type or the partition is not known', () => {
    expect(linkTo('AWS::IAM::User', 'ada')).to.equal(undefined);
    expect(linkTo('AWS::S3::Bucket', 'b', 'arn:aws-iso:s3:::b')).to.equal(undefined);
    expect(linkTo('AWS::S3::Bucket', 'b', 'b')).to.equal(undefined);
  });

  it('stays on its page whatever a resource is called', () => {
    expect(linkTo('AWS::S3::Bucket', '../x?y#z"&', 'arn:aws:x', 'a&b')).to.equal(
      'https://console.aws.amazon.com/s3/buckets/..%2Fx%3Fy%23z%22%26?region=a%26b',
    );
  });
});
