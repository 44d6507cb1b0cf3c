import { expect } from 'chai';

import { Dashboard } from '../../src/infra/dashboard.ts';
import { graphOf } from './component-graph.ts';

describe('Dashboard', () => {
  it('shows its widgets as CloudWatch takes them', async () => {
    const widget = { type: 'text', x: 0, y: 1, width: 24, height: 2, properties: { markdown: '# Score' } } as const;
    const { one } = await graphOf(() => new Dashboard({ name: 'dashboard-test', widgets: [widget] }));
    const dashboard = one('aws:cloudwatch/dashboard:Dashboard', 'dashboard-test');
    expect(dashboard.parent).to.equal('compliancectl:infra:Dashboard dashboard-test');
    expect(dashboard.inputs).to.deep.equal({
      dashboardName: 'dashboard-test',
      dashboardBody:
        '{"widgets":[{"type":"text","x":0,"y":1,"width":24,"height":2,"properties":{"markdown":"# Score"}}]}',
    });
  });
});
