import { expect } from 'chai';

import { planRemediation } from '../../src/remediate/observe.ts';
import { makeChanges } from '../../src/remediate/run.ts';
import { undoRecords } from '../../src/remediate/undo.ts';
import { estate, memoryAws, memoryStore } from '../support/memory-aws.ts';
import type { Estate, Gate } from '../support/memory-aws.ts';
import { finding, planSettings, runContext } from '../support/remediation.ts';

const RUN = '2026-11-21.run';

const ESTATE = estate({
  buckets: {
    reports: { rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false } },
    ancient: { rule: null },
  },
  volumes: { 'vol-1': { encrypted: false } },
  instances: { 'i-1': { tags: { Owner: ' ', Name: 'web' } } },
  groups: {
    'sg-1': {
      ingress: [
        { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'now' }] },
        { IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389, Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
      ],
    },
  },
  databases: { orders: { days: 1 } },
  clusters: { sales: { days: 0 } },
});

const SETTINGS = planSettings(
  {
    rules: {
      's3-bucket-encrypted': {},
      'ebs-volumes-encrypted': {},
      'ec2-required-tags': { values: { Environment: 'dev', Owner: 'ada', CostCenter: '42' } },
      'ec2-security-group-restricted': {},
      'rds-backup-retention': {},
    },
  },
  { 'rds-backup-retention': { minimumDays: 7 }, 's3-bucket-encrypted': { minimum: 'sse-kms' } },
);

const FOUND = [
  finding('s3-bucket-encrypted', 'reports'),
  finding('s3-bucket-encrypted', 'ancient'),
  finding('ebs-volumes-encrypted', 'vol-1'),
  finding('ec2-required-tags', 'i-1'),
  finding('ec2-security-group-restricted', 'sg-1'),
  finding('rds-backup-retention', 'orders'),
  finding('rds-backup-retention', 'sales', { resource_type: 'AWS::RDS::DBCluster' }),
];

/** The process as it dies at its n-th call, to AWS or to the store: what it waits for never comes back. */
function dying(at: number, when: 'before' | 'after') {
  const { promise: killed, resolve: kill } = Promise.withResolvers<'killed'>();
  let calls = 0;
  const gate: Gate = async (_operation, effect) => {
    calls += 1;
    if (calls < at) return effect();
    if (calls === at && when === 'after') effect();
    kill('killed');
    return new Promise(() => {});
  };
  return { gate, killed };
}

async function fix(state: Estate, texts: Map<string, string>, gate?: Gate): Promise<'done'> {
  const context = runContext(memoryAws(state, gate), { store: memoryStore(texts, gate) });
  const { changes } = await planRemediation(FOUND, SETTINGS, context);
  await makeChanges(changes, context);
  return 'done';
}

async function undo(state: Estate, texts: Map<string, string>, gate?: Gate): Promise<string[]> {
  const store = memoryStore(texts, gate);
  const results = await undoRecords(await store.find(RUN), runContext(memoryAws(state, gate), { store }));
  return results.map(({ outcome }) => outcome);
}

const statusesOf = (texts: Map<string, string>) =>
  memoryStore(texts)
    .records()
    .map(({ status }) => status);

describe('a run that is killed', () => {
  /** How many calls a whole run of something makes. */
  const callsOf = async (run: (gate: Gate) => Promise<unknown>): Promise<number> => {
    let calls = 0;
    await run(async (_operation, effect) => {
      calls += 1;
      return effect();
    });
    return calls;
  };

  for (const when of ['before', 'after'] as const) {
    it(`leaves nothing that undoing does not bring back, ${when} whichever call it dies`, async () => {
      const all = await callsOf(async (gate) => fix(structuredClone(ESTATE), new Map(), gate));
      expect(all).to.be.greaterThan(40);
      for (let at = 1; at <= all; at += 1) {
        const state = structuredClone(ESTATE);
        const texts = new Map<string, string>();
        const { gate, killed } = dying(at, when);
        expect(await Promise.race([killed, fix(state, texts, gate)])).to.equal('killed');

        const outcomes = await undo(state, texts);
        expect(state, `killed ${when} call ${at}`).to.deep.equal(ESTATE);
        expect(outcomes.filter((outcome) => outcome !== 'undone' && outcome !== 'not-applied')).to.deep.equal([]);
        expect(statusesOf(texts).filter((status) => status !== 'undone' && status !== 'not_applied')).to.deep.equal([]);
      }
    });

    it(`can be undone again where undoing itself dies, ${when} whichever call`, async () => {
      const fixed = async () => {
        const state = structuredClone(ESTATE);
        const texts = new Map<string, string>();
        await fix(state, texts);
        return { state, texts };
      };
      const whole = await fixed();
      const all = await callsOf(async (gate) => undo(whole.state, whole.texts, gate));
      expect(all).to.be.greaterThan(30);
      for (let at = 1; at <= all; at += 1) {
        const { state, texts } = await fixed();
        const { gate, killed } = dying(at, when);
        expect(await Promise.race([killed, undo(state, texts, gate)])).to.equal('killed');

        await undo(state, texts);
        expect(state, `killed ${when} call ${at}`).to.deep.equal(ESTATE);
        expect(new Set(statusesOf(texts))).to.deep.equal(new Set(['undone']));
      }
    });

    it(`is taken up by the next one of the same id, ${when} whichever call it dies`, async () => {
      const wanted = structuredClone(ESTATE);
      await fix(wanted, new Map());
      const all = await callsOf(async (gate) => fix(structuredClone(ESTATE), new Map(), gate));
      for (let at = 1; at <= all; at += 1) {
        const state = structuredClone(ESTATE);
        const texts = new Map<string, string>();
        const { gate, killed } = dying(at, when);
        await Promise.race([killed, fix(state, texts, gate)]);

        await fix(state, texts);
        expect(state, `killed ${when} call ${at}`).to.deep.equal(wanted);
        await undo(state, texts);
        expect(state, `killed ${when} call ${at}`).to.deep.equal(ESTATE);
      }
    });
  }
});
