import type { EngineEvent, OpType, StepEventMetadata } from '@pulumi/pulumi/automation/index.js';
import { expect } from 'chai';

import { changeLog, countChanges } from '../../src/infra/stack-changes.ts';
import type { ChangeLogOptions, ResourceProgress } from '../../src/infra/stack-changes.ts';

type Inputs = Readonly<Record<string, unknown>>;

const urnOf = (type: string, name: string) => `urn:pulumi:dev.1.eu-west-1::compliancectl::a:b:Part$${type}::${name}`;

interface Step extends Partial<Pick<StepEventMetadata, 'detailedDiff' | 'keys' | 'diffs'>> {
  readonly type?: string;
  readonly old?: Inputs;
  readonly oldOutputs?: Inputs;
  readonly made?: Inputs;
  readonly oldId?: string;
  readonly id?: string;
  readonly custom?: boolean;
}

function step(op: OpType, name: string, options: Step = {}): StepEventMetadata {
  const {
    type = 'aws:sqs/queue:Queue',
    old,
    oldOutputs = {},
    made,
    oldId = '',
    id = '',
    custom = true,
    ...rest
  } = options;
  const urn = urnOf(type, name);
  const state = (inputs: Inputs, stateId: string, outputs: Inputs) => ({
    type,
    urn,
    custom,
    id: stateId,
    parent: '',
    inputs,
    outputs,
    provider: '',
  });
  return {
    op,
    urn,
    type,
    provider: '',
    ...(old !== undefined && { old: state(old, oldId, oldOutputs) }),
    ...(made !== undefined && { new: state(made, id, {}) }),
    ...rest,
  };
}

const event = (content: Partial<EngineEvent>): EngineEvent => ({ sequence: 0, timestamp: 0, ...content });
const pre = (metadata: StepEventMetadata) => event({ resourcePreEvent: { metadata } });
const out = (metadata: StepEventMetadata) => event({ resOutputsEvent: { metadata } });
const failed = (metadata: StepEventMetadata) => event({ resOpFailedEvent: { metadata, status: 2, steps: 0 } });
const said = (message: string, urn?: string, severity = 'error') =>
  event({
    diagnosticEvent: {
      message,
      color: 'never',
      severity: severity as 'error',
      ...(urn !== undefined && { urn }),
    },
  });

function heard(events: readonly EngineEvent[], options: ChangeLogOptions = {}) {
  const told: ResourceProgress[] = [];
  const log = changeLog({ onProgress: (progress) => told.push(progress), ...options });
  for (const one of events) log.hear(one);
  return { log, told: told.map(({ state, operation, name, done, total }) => [state, operation, name, done, total]) };
}

const changesOf = (metadata: StepEventMetadata) => heard([pre(metadata)], { preview: true }).log.changes();

describe('changeLog', () => {
  it('tells in a preview what would be done, and nothing of components, providers and the stack', () => {
    const { log, told } = heard(
      [
        pre(step('create', 'stack', { type: 'pulumi:pulumi:Stack', made: {}, custom: false })),
        pre(step('create', 'default', { type: 'pulumi:providers:aws', made: {} })),
        pre(step('create', 'part', { type: 'a:b:Part', made: {}, custom: false })),
        pre(step('create', 'fresh', { made: { name: 'fresh-queue' } })),
        pre(step('same', 'kept', { old: { name: 'kept' }, made: { name: 'kept' }, oldId: 'https://sqs/kept' })),
        pre(step('delete', 'gone', { old: { name: 'gone-queue' }, oldId: 'https://sqs/gone' })),
        pre(step('read', 'looked-up', { made: {} })),
      ],
      { preview: true },
    );
    const type = 'aws:sqs/queue:Queue';
    expect(log.changes()).to.deep.equal([
      { operation: 'create', type, name: 'fresh-queue', logicalName: 'fresh', properties: [] },
      { operation: 'same', type, name: 'kept', logicalName: 'kept', id: 'https://sqs/kept', properties: [] },
      { operation: 'delete', type, name: 'gone-queue', logicalName: 'gone', id: 'https://sqs/gone', properties: [] },
    ]);
    expect(countChanges(log.changes())).to.deep.equal({ create: 1, update: 0, replace: 0, delete: 1, same: 1 });
    expect(told).to.deep.equal([]);
  });

  for (const [type, inputs, name] of [
    ['aws:s3/bucket:Bucket', { bucket: 'results-1' }, 'results-1'],
    ['aws:s3/bucketVersioning:BucketVersioning', { bucket: 'results-1' }, 'logical'],
    ['aws:cloudwatch/dashboard:Dashboard', { dashboardName: 'compliance' }, 'compliance'],
    ['aws:lambda/permission:Permission', {}, 'logical'],
    ['aws:sqs/queue:Queue', { name: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' }, 'logical'],
  ] as const) {
    it(`calls ${type} ${name}`, () => {
      expect(changesOf(step('create', 'logical', { type, made: inputs }))).to.deep.include.members([
        { operation: 'create', type, name, logicalName: 'logical', properties: [] },
      ]);
    });
  }

  it('counts a replacement once, whichever of its steps comes first', () => {
    const both = { old: { name: 'a' }, made: { name: 'b' }, oldId: 'a', keys: ['name'] };
    const steps = [
      step('delete-replaced', 'queue', both),
      step('replace', 'queue', both),
      step('create-replacement', 'queue', both),
    ];
    for (const order of [steps, steps.toReversed()]) {
      const { log, told } = heard(
        order.flatMap((one) => [pre(one), out(one)]),
        { total: 1 },
      );
      expect(log.changes()).to.deep.equal([
        {
          operation: 'replace',
          type: 'aws:sqs/queue:Queue',
          name: 'b',
          logicalName: 'queue',
          id: 'a',
          properties: [{ path: 'name', before: 'a', after: 'b', replaces: true }],
        },
      ]);
      expect(told).to.deep.equal([
        ['started', 'replace', 'b', 0, 1],
        ['done', 'replace', 'b', 1, 1],
      ]);
    }
  });

  it('adds what the provider alone knows to differ: secrets, and what AWS has otherwise', () => {
    const secret = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext: '[secret]' };
    const [change] = changesOf(
      step('update', 'queue', {
        old: { token: secret, delay: 5, tags: { a: '1' } },
        oldOutputs: { delay: 90, region: 'eu-west-1' },
        made: { token: secret, delay: 5, tags: { a: '2' } },
        detailedDiff: {
          token: { diffKind: 'update', inputDiff: false },
          delay: { diffKind: 'update-replace', inputDiff: false },
          'tags.a': { diffKind: 'update', inputDiff: true },
          nowhere: { diffKind: 'update', inputDiff: true },
        } as NonNullable<StepEventMetadata['detailedDiff']>,
      }),
    );
    expect(change?.properties).to.deep.equal([
      { path: 'tags.a', before: '1', after: '2' },
      { path: 'token', before: '[secret]', after: '[secret]' },
      { path: 'delay', before: 90, after: 5, replaces: true },
    ]);
  });

  it('takes the names of what differs where the provider gives no more', () => {
    const [change] = changesOf(
      step('update', 'queue', { old: {}, oldOutputs: { delay: 90 }, made: {}, diffs: ['delay'] }),
    );
    expect(change?.properties).to.deep.equal([{ path: 'delay', before: 90 }]);
  });

  it('tells of a run what was done, and not what was only begun', () => {
    const [one, other] = [step('create', 'one', { made: {}, id: 'x' }), step('update', 'other', { old: {}, made: {} })];
    const { log, told } = heard([pre(one), pre(other), out(one)], { total: 5 });
    expect(log.changes().map(({ operation, name }) => [operation, name])).to.deep.equal([['create', 'one']]);
    expect(told).to.deep.equal([
      ['started', 'create', 'one', 0, 5],
      ['started', 'update', 'other', 0, 5],
      ['done', 'create', 'one', 1, 5],
    ]);
  });

  it('tells of a refresh what it found', () => {
    const [kept, lost] = ['kept', 'lost'].map((name) => step('refresh', name, { old: {}, made: {} }));
    if (kept === undefined || lost === undefined) throw new Error('two steps');
    const { log, told } = heard([pre(kept), pre(lost), out({ ...kept, op: 'same' }), out({ ...lost, op: 'delete' })]);
    expect(countChanges(log.changes())).to.deep.equal({ create: 0, update: 0, replace: 0, delete: 1, same: 1 });
    expect(told.slice(2)).to.deep.equal([
      ['done', 'refresh', 'kept', 1, undefined],
      ['done', 'delete', 'lost', 2, undefined],
    ]);
  });

  it("keeps the first words of each resource's failure, and the engine's apart; what is for debugging holds secrets", () => {
    const metadata = step('create', 'queue', { made: { name: 'the-queue' } });
    const { log, told } = heard([
      pre(metadata),
      said('RegisterResource RPC finished: hush', metadata.urn, 'debug'),
      said('1 error occurred:\n\t* AccessDenied: no\n', metadata.urn),
      said('the same again', metadata.urn),
      failed(metadata),
      said('Thing is not valid', urnOf('aws:sns/topic:Topic', 'topic')),
      said('update failed\n'),
      said('  resource monitor shut down', urnOf('pulumi:pulumi:Stack', 'compliancectl-dev')),
    ]);
    expect(log.failures()).to.deep.equal([
      { operation: 'create', type: 'aws:sqs/queue:Queue', name: 'the-queue', message: 'AccessDenied: no' },
      { operation: 'update', type: 'aws:sns/topic:Topic', name: 'topic', message: 'Thing is not valid' },
    ]);
    expect(log.errors()).to.deep.equal(['update failed', 'resource monitor shut down']);
    expect(told.at(-1)).to.deep.equal(['failed', 'create', 'the-queue', 0, undefined]);
    expect(log.changes()).to.deep.equal([]);
  });

  it('says so where a resource failed without a word', () => {
    const metadata = step('delete', 'queue', { old: {} });
    expect(heard([failed(metadata)]).log.failures()).to.deep.equal([
      { operation: 'delete', type: 'aws:sqs/queue:Queue', name: 'queue', message: 'no reason was given' },
    ]);
  });
});
