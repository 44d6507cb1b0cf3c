import { expect } from 'chai';

import { ConfigAggregator } from '../../src/infra/config-aggregator.ts';
import { graphOf } from './component-graph.ts';
import { ACCOUNT } from './sample-parts.ts';

describe('ConfigAggregator', () => {
  it('brings the regions of the account together', async () => {
    const spec = { name: 'config-aggregator-test', accountId: ACCOUNT, regions: ['eu-west-1', 'eu-central-1'] };
    const { one } = await graphOf(() => new ConfigAggregator(spec));
    const aggregator = one('aws:cfg/configurationAggregator:ConfigurationAggregator', 'config-aggregator-test');
    expect(aggregator.parent).to.equal('compliancectl:infra:ConfigAggregator config-aggregator-test');
    expect(aggregator.inputs).to.deep.equal({
      name: 'config-aggregator-test',
      accountAggregationSource: { accountIds: [ACCOUNT], regions: ['eu-west-1', 'eu-central-1'] },
    });
  });
});
