import type { Framework } from './framework.ts';

/**
 * CIS AWS Foundations Benchmark 5.0.0, the newest that Security Hub scores. 5.1.1 (EBS encryption in all regions) is about
 * the account's default, not about volumes, so `ebs-volumes-encrypted` does not stand for it.
 */
export const cisV5: Framework = {
  id: 'cis-aws-foundations-5.0.0',
  title: 'CIS AWS Foundations Benchmark 5.0.0',
  controls: [
    {
      id: '5.3',
      title: 'No security group opens administration ports to all of IPv4',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'whole' }],
    },
    {
      id: '5.4',
      title: 'No security group opens administration ports to all of IPv6',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'whole' }],
    },
  ],
};
