import { expect } from 'chai';

import { HistoryTable } from '../../src/infra/history-table.ts';
import { graphOf } from './component-graph.ts';

describe('HistoryTable', () => {
  it('is paid by the request, can be brought back to any second, and may be deleted', async () => {
    const { one } = await graphOf(() => new HistoryTable({ name: 'history-test', arn: 'arn:table' }));
    const table = one('aws:dynamodb/table:Table', 'history-test');
    expect(table.parent).to.equal('compliancectl:infra:HistoryTable history-test');
    expect(table.inputs).to.deep.equal({
      name: 'history-test',
      billingMode: 'PAY_PER_REQUEST',
      hashKey: 'resource_id',
      rangeKey: 'evaluation_timestamp',
      attributes: [
        { name: 'resource_id', type: 'S' },
        { name: 'evaluation_timestamp', type: 'S' },
      ],
      pointInTimeRecovery: { enabled: true },
    });
  });
});
