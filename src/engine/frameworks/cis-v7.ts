import type { Framework } from './framework.ts';

/** CIS AWS Foundations Benchmark 7.0.0: since 6.0.0 every section stands one number higher. */
export const cisV7: Framework = {
  id: 'cis-aws-foundations-7.0.0',
  title: 'CIS AWS Foundations Benchmark 7.0.0',
  controls: [
    {
      id: '6.3',
      title: 'No security group opens administration ports to all of IPv4',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'whole' }],
    },
    {
      id: '6.4',
      title: 'No security group opens administration ports to all of IPv6',
      rules: [{ id: 'ec2-security-group-restricted', covers: 'whole' }],
    },
  ],
};
