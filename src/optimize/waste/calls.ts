/** Every call that the report of waste makes: what gaps name, what the printed policy is made of. */
import type { Call } from '../../aws/call.ts';
import { GET_PRODUCTS } from '../../prices/live-prices.ts';

export const DESCRIBE_VOLUMES: Call = {
  operation: 'DescribeVolumes',
  action: 'ec2:DescribeVolumes',
  resource: null,
};
export const DESCRIBE_ADDRESSES: Call = {
  operation: 'DescribeAddresses',
  action: 'ec2:DescribeAddresses',
  resource: null,
};
export const DESCRIBE_LOG_GROUPS: Call = {
  operation: 'DescribeLogGroups',
  action: 'logs:DescribeLogGroups',
  resource: 'arn:{partition}:logs:{region}:{account}:log-group:*',
};

/** All of them. The last is for today's prices: without it, those that came with this tool are used. */
export const WASTE_CALLS: readonly Call[] = [DESCRIBE_VOLUMES, DESCRIBE_ADDRESSES, DESCRIBE_LOG_GROUPS, GET_PRODUCTS];
