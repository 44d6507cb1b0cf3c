import type { Framework } from './framework.ts';

/** AWS Foundational Security Best Practices 1.0.0: docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html */
export const fsbpV1: Framework = {
  id: 'aws-fsbp-1.0.0',
  title: 'AWS Foundational Security Best Practices 1.0.0',
  controls: [
    {
      id: 'EC2.3',
      title: 'Attached EBS volumes are encrypted',
      rules: [{ id: 'ebs-volumes-encrypted', covers: 'whole' }],
    },
    {
      id: 'EC2.9',
      title: 'Instances have no public IPv4 address',
      rules: [{ id: 'ec2-no-public-ip', covers: 'whole' }],
    },
    {
      id: 'EC2.18',
      title: 'Security groups open only authorised ports to the world',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'part' }],
    },
    {
      id: 'EC2.19',
      title: 'Security groups do not open high-risk ports to the world',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'part' }],
    },
    {
      id: 'RDS.11',
      title: 'DB instances are backed up',
      rules: [{ id: 'rds-backup-retention', covers: 'whole' }],
    },
  ],
};
