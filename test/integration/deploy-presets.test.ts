/** Every preset through the real engine: planned, made, left alone, changed in place, and gone without a trace. */
import { IAMClient, ListRoleTagsCommand } from '@aws-sdk/client-iam';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import type { StackChange } from '../../src/report/stack-changes.ts';
import { withDeployments } from '../support/deployments.ts';
import { MINISTACK_ACCOUNT, ROOT_CREDENTIALS } from '../support/ministack.ts';
import { specOf, stackYaml } from '../support/stacks.ts';

interface Told {
  readonly changes: readonly StackChange[];
  readonly outputs: Readonly<Record<string, string>>;
}

describe('deploying', function () {
  this.timeout(120_000);
  const deployments = withDeployments();

  const told = async (...args: string[]): Promise<Told> => {
    const { stdout, stderr, exitCode } = await deployments().cli(args);
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    return JSON.parse(stdout) as Told;
  };
  const counts = ({ changes }: Told) => {
    const groups = Object.groupBy(changes, ({ operation }) => operation);
    return Object.fromEntries(Object.entries(groups).map(([operation, of]) => [operation, of.length]));
  };

  for (const preset of PRESET_NAMES) {
    const region = preset === 'regulated' ? 'eu-west-1' : 'us-east-1';
    const flags = ['-e', 'test', '-r', region, '--yes', '--json'];

    it(`plans, makes, leaves alone, changes in place and takes away the preset ${preset}`, async () => {
      const { configure, there, cli } = deployments();
      configure(stackYaml(preset));
      const before = await there(region);
      const planned = await told('deploy', '-e', 'test', '-r', region, '--preview', '--json');
      expect(await there(region)).to.deep.equal(before);

      const made = await told('deploy', ...flags);
      expect(counts(made)).to.deep.equal(counts(planned)).and.have.all.keys('create');
      const spec = specOf(preset, { place: { partition: 'aws', accountId: MINISTACK_ACCOUNT, region } });
      expect(made.outputs).to.deep.equal(spec.outputs);

      expect(counts(await told('deploy', ...flags))).to.deep.equal({});

      configure(
        `${stackYaml(preset)}\nstack: { functions: { ${Object.keys(functionsOf(preset)).join('')}: { memory: 1024 } } }\n`,
      );
      const changed = await told('deploy', ...flags);
      expect(
        changed.changes.map(({ operation, type, properties }) => [operation, type, properties.map(({ path }) => path)]),
      ).to.deep.equal([['update', 'aws:lambda/function:Function', ['memorySize']]]);

      for (const { name, role } of spec.functions) {
        expect(await tagsOf(name, role.name, region)).to.deep.equal({ function: spec.tags, role: spec.tags });
      }

      const { exitCode, stderr } = await cli(['destroy', '-e', 'test', '-r', region, '--yes']);
      expect({ exitCode, stderr }).to.have.property('exitCode', 0);
      const left = [...before, ...(spec.key === undefined ? [] : ['kms pending'])].toSorted();
      expect(await there(region)).to.deep.equal(left);
      if (spec.key !== undefined) expect(stderr.replaceAll('\n', ' ')).to.match(/AWS keeps the key \S+ for 7 days/);
    });
  }

  /** One function of the preset, to be changed. */
  function functionsOf(preset: (typeof PRESET_NAMES)[number]): object {
    const [first] = specOf(preset).functions;
    return { [first?.id ?? '']: {} };
  }

  async function tagsOf(name: string, role: string, region: string) {
    const settings = { endpoint: deployments().aws.url, region, credentials: ROOT_CREDENTIALS };
    const lambda = new LambdaClient(settings);
    const iam = new IAMClient(settings);
    try {
      const { Tags: function_ } = await lambda.send(new GetFunctionCommand({ FunctionName: name }));
      const { Tags = [] } = await iam.send(new ListRoleTagsCommand({ RoleName: role }));
      return { function: function_, role: Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) };
    } finally {
      lambda.destroy();
      iam.destroy();
    }
  }
});
