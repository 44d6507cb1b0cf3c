import { expect } from 'chai';

import { inOrder } from '../../src/optimize/order.ts';
import type { StepId } from '../../src/optimize/step.ts';
import { STEP_KINDS } from '../../src/optimize/steps/index.ts';

const group = (...ids: readonly StepId[]) => ids.map((id) => ({ id }));

const GROUPS = [
  group('db-instance-running'),
  group('aurora-cluster'),
  group('ecs-minimum', 'ecs-tasks'),
  group('db-cluster-running'),
  group('ec2-running'),
  group('group-size'),
  group('cache-replicas'),
];

/** What was begun and ended, in order; each takes a moment. */
async function worked(way: 'down' | 'up', groups = GROUPS) {
  const said: string[] = [];
  await inOrder(groups, { kinds: STEP_KINDS, way }, async ([first]) => {
    said.push(`begin ${first?.id}`);
    await new Promise(setImmediate);
    said.push(`end ${first?.id}`);
  });
  return said;
}

describe('the order of resources', () => {
  const databases = ['db-instance-running', 'db-cluster-running'];
  const users = ['ecs-minimum', 'ec2-running', 'group-size'];
  const [begin, end] = [(id: string) => `begin ${id}`, (id: string) => `end ${id}`];

  it('stops databases when all that may use them is stopped, and lets nobody else wait', async () => {
    const said = await worked('down');
    expect(said.slice(0, 5)).to.have.members([...users, 'aurora-cluster', 'cache-replicas'].map(begin));
    const last = Math.max(...users.map((id) => said.indexOf(end(id))));
    expect(databases.map((id) => said.indexOf(begin(id)) > last)).to.deep.equal([true, true]);
    expect(said).to.have.lengthOf(2 * GROUPS.length);
  });

  it('starts databases before anything that may use them', async () => {
    const said = await worked('up');
    expect(said.slice(0, 4)).to.have.members([...databases, 'aurora-cluster', 'cache-replicas'].map(begin));
    const last = Math.max(...databases.map((id) => said.indexOf(end(id))));
    expect(users.map((id) => said.indexOf(begin(id)) > last)).to.deep.equal([true, true, true]);
    expect(said).to.have.lengthOf(2 * GROUPS.length);
  });

  it('is none where no database is stopped or started', async () => {
    const groups = GROUPS.filter(([first]) => !databases.includes(first?.id ?? ''));
    for (const way of ['down', 'up'] as const) {
      const said = await worked(way, groups);
      expect(said.slice(0, groups.length)).to.have.members(groups.map(([first]) => begin(first?.id ?? '')));
    }
    expect(await worked('up', [])).to.deep.equal([]);
  });
});
