import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { PRESET_NAMES } from '../../src/config/preset-names.ts';
import type { PresetName } from '../../src/config/preset-names.ts';
import { buildStack } from '../../src/infra/program.ts';
import { differences, goldenTable } from '../support/golden-stacks.ts';
import { graphOf } from '../support/pulumi-mocks.ts';
import type { Graph, GraphResource } from '../support/pulumi-mocks.ts';
import { readableInputs } from '../support/stack-reading.ts';
import { specOf } from '../support/stacks.ts';

const BUNDLES = fileURLToPath(new URL('../../dist/lambda', import.meta.url));

const QUEUE = 'aws:sqs/queue:Queue';
const TOPIC = 'aws:sns/topic:Topic';
const BUCKET = 'aws:s3/bucket:Bucket';
const FUNCTION = 'aws:lambda/function:Function';
const ROLE = 'aws:iam/role:Role';
const LOG_GROUP = 'aws:cloudwatch/logGroup:LogGroup';

const graphs = new Map<PresetName, Promise<Graph>>();

/** Built once for all tests of a preset. */
async function graphFor(preset: PresetName): Promise<Graph> {
  const { place } = goldenTable(preset);
  const graph = graphs.get(preset) ?? graphOf(() => buildStack(specOf(preset), { bundles: BUNDLES }), place);
  graphs.set(preset, graph);
  return graph;
}

const differencesOf = async (preset: PresetName): Promise<string[]> =>
  differences(goldenTable(preset), await graphFor(preset));

for (const preset of PRESET_NAMES) {
  describe(`the preset ${preset}`, () => {
    let resources: readonly GraphResource[];

    before(async () => {
      const graph = await graphFor(preset);
      resources = graph.resources.filter(({ type }) => type.startsWith('aws:'));
    });

    const of = (...types: readonly string[]) => resources.filter(({ type }) => types.includes(type));
    const namesOf = (those: readonly GraphResource[]) => those.map(({ name }) => name).toSorted();

    it('builds what its golden table says, and nothing else', async () => {
      expect((await differencesOf(preset)).join('\n')).to.equal('');
    });

    it('has the suffix in every name', () => {
      const names = resources.flatMap(({ name, inputs }) =>
        [name, inputs['name'], inputs['bucket'], inputs['dashboardName']].filter((one) => typeof one === 'string'),
      );
      expect(names.filter((name) => !/-test(?![a-z0-9])/.test(name))).to.deep.equal([]);
    });

    it('allows nothing on everything, and nobody in general, without a condition', () => {
      const wide = resources.flatMap((resource) => {
        const { policy = [], assumeRolePolicy = [] } = readableInputs(resource);
        return [policy, assumeRolePolicy]
          .flat()
          .map(String)
          .filter((line) => !line.startsWith('deny ') && !line.includes(' if '))
          .filter((line) => line.endsWith(' @ *') || line.includes(' [Not') || line.startsWith('allow everyone'))
          .map((line) => `${resource.name}: ${line}`);
      });
      const exceptions = [
        // Without it nobody could ever change the key; what the account's own policies allow decides.
        'compliance-key-test: allow account 111122223333: kms:* @ *',
        // EventBridge drops what it would have to meet a condition for. `*` is this key: its policy knows no other.
        'compliance-key-test: allow events.amazonaws.com: kms:Decrypt @ *',
        'compliance-key-test: allow events.amazonaws.com: kms:GenerateDataKey* @ *',
      ];
      expect(wide.toSorted()).to.deep.equal(preset === 'regulated' ? exceptions : []);
    });

    it('keeps the log of each function for a time, and no other', () => {
      const logs = of(LOG_GROUP).map(({ inputs }) => inputs['name']);
      const functions = of(FUNCTION).map(({ inputs }) => `/aws/lambda/${String(inputs['name'])}`);
      expect(logs).to.have.members(functions);
      expect(of(LOG_GROUP).filter(({ inputs }) => !(Number(inputs['retentionInDays']) > 0))).to.deep.equal([]);
    });

    it('gives each function a role of its own, and each role one policy', () => {
      const roles = of(FUNCTION).map(({ inputs }) => String(inputs['role']).replace(/^.*:role\//, ''));
      expect(new Set(roles).size).to.equal(roles.length);
      const made = namesOf(of(ROLE));
      expect(made).to.include.members(roles);
      const withPolicy = of('aws:iam/rolePolicy:RolePolicy').map(({ inputs }) => inputs['role']);
      expect(withPolicy).to.have.members(made);
    });

    it('keeps nothing when it is destroyed', () => {
      const kept = resources.filter(
        ({ options, inputs }) =>
          options.protect ||
          options.retainOnDelete ||
          ['skipDestroy', 'deletionProtectionEnabled', 'objectLockEnabled'].some((option) => inputs[option] === true),
      );
      expect(namesOf(kept)).to.deep.equal([]);
      expect(of(BUCKET).filter(({ inputs }) => inputs['forceDestroy'] !== true)).to.deep.equal([]);
    });

    it('changes what has changed: no field of any resource is ignored', () => {
      expect(resources.filter(({ options }) => options.ignoreChanges.length > 0)).to.deep.equal([]);
    });

    it('has one provider for everything, which tags everything', async () => {
      const all = (await graphFor(preset)).resources;
      const providers = all.filter(({ type }) => type.startsWith('pulumi:providers:'));
      expect(namesOf(providers)).to.deep.equal(['compliancectl-test']);
      expect(resources.filter(({ provider }) => provider !== 'compliancectl-test')).to.deep.equal([]);
      const { defaultTags } = providers[0]?.inputs ?? {};
      expect(JSON.parse(String(defaultTags))).to.deep.equal({ tags: goldenTable(preset).tags });
    });

    it('lets nobody reach a queue, a topic or a bucket without TLS', () => {
      const { place } = goldenTable(preset);
      const scope = `${place.region}:${place.accountId}`;
      const arns = [
        ...of(QUEUE).map(({ inputs }) => [`arn:aws:sqs:${scope}:${String(inputs['name'])}`, 'sqs:*'] as const),
        ...of(TOPIC).map(({ inputs }) => [`arn:aws:sns:${scope}:${String(inputs['name'])}`, 'sns:Publish'] as const),
        ...of(BUCKET).flatMap(({ inputs }) => {
          const arn = `arn:aws:s3:::${String(inputs['bucket'])}`;
          return [[arn, 's3:*'] as const, [`${arn}/*`, 's3:*'] as const];
        }),
      ];
      const denials = arns.map(([arn, action]) => `deny everyone: ${action} @ ${arn} if aws:SecureTransport is false`);
      const said = resources.flatMap((resource) => readableInputs(resource)['policy'] ?? []);
      expect(arns).not.to.deep.equal([]);
      expect(said).to.include.members(denials);
    });

    it('blocks public access to each bucket, and encrypts it', () => {
      const buckets = of(BUCKET).map(({ inputs }) => inputs['bucket']);
      const blocked = of('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock').filter(({ inputs }) =>
        ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'].every(
          (setting) => inputs[setting] === true,
        ),
      );
      const encryption = 'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration';
      expect(blocked.map(({ inputs }) => inputs['bucket'])).to.have.members(buckets);
      expect(of(encryption).map(({ inputs }) => inputs['bucket'])).to.have.members(buckets);
    });

    it('encrypts every queue', () => {
      expect(of(QUEUE).filter(({ inputs }) => inputs['sqsManagedSseEnabled'] !== true)).to.deep.equal([]);
    });
  });
}
