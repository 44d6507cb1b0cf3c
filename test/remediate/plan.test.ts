import { expect } from 'chai';

import { notCollected } from '../../src/engine/model.ts';
import { rules } from '../../src/engine/rules/index.ts';
import type { Live } from '../../src/remediate/action.ts';
import { ACTIONS, actionNamed, isMended } from '../../src/remediate/actions/index.ts';
import type { ActionId, Candidate, Skipped } from '../../src/remediate/change.ts';
import { chooseFindings, planChanges } from '../../src/remediate/plan.ts';
import type { JudgedResource, Observation, PlanSettings } from '../../src/remediate/plan.ts';
import { remediationSchema } from '../../src/remediate/settings.ts';
import { dbInstance, tags, volume } from '../support/resources.ts';
import { finding, planSettings } from '../support/remediation.ts';

const told = ({ rule, resource, why, message }: Skipped) => [rule, resource.id, why, message];

/** A database that keeps no backups, as the action reads it. */
const bare = (id: string, changes: Parameters<typeof dbInstance>[0] = {}): Live<number> => ({
  resource: dbInstance({ id, backupRetentionPeriod: 0, ...changes }),
  detail: 0,
});

const DATABASES = { rules: { 'rds-backup-retention': {} } };

/** What becomes of databases, given in pairs of an id and what was seen. */
function planned(settings: PlanSettings, seen: readonly (readonly [string, Observation['seen']])[]) {
  const found = seen.map(([id]) => finding('rds-backup-retention', id));
  const { candidates } = chooseFindings(found, settings);
  const observations = candidates.map((candidate, index): Observation => ({ candidate, seen: seen[index]![1] }));
  return planChanges(observations, settings);
}

describe('which findings are mended', () => {
  const chosen = (found: readonly JudgedResource[], settings: PlanSettings) => {
    const { candidates, skipped } = chooseFindings(found, settings);
    return { candidates: candidates.map(({ target }) => target.id), skipped: skipped.map(told) };
  };

  it('is nothing, where the settings say nothing (S3-11)', () => {
    const { remediation: _, ...settings } = planSettings({ rules: {} });
    expect(chosen([finding('s3-bucket-encrypted', 'reports')], settings)).to.deep.equal({
      candidates: [],
      skipped: [['s3-bucket-encrypted', 'reports', 'off', 'remediation.rules says nothing of s3-bucket-encrypted.']],
    });
    expect(planChanges([], settings)).to.deep.equal({ changes: [], skipped: [] });
  });

  it('is what failed, worst first, then by place', () => {
    const found = [
      finding('rds-backup-retention', 'b', { severity: 'low' }),
      finding('rds-backup-retention', 'z'),
      finding('rds-backup-retention', 'a'),
      finding('rds-backup-retention', 'c', { severity: 'critical' }),
      finding('rds-backup-retention', 'y', { status: 'PASS' }),
      finding('rds-backup-retention', 'x', { status: 'UNKNOWN' }),
    ];
    expect(chosen(found, planSettings(DATABASES))).to.deep.equal({ candidates: ['c', 'a', 'z', 'b'], skipped: [] });
  });

  it('leaves out what is waived, has no action, is not configured, no rule of the scan, or given twice', () => {
    const settings = planSettings({ rules: { 'rds-backup-retention': {}, 'ec2-required-tags': {} } });
    const found = [
      finding('rds-backup-retention', 'w', { status: 'WAIVED' }),
      finding('rds-backup-retention', 'n', { rule_id: 'ec2-no-public-ip' }),
      finding('s3-bucket-encrypted', 'reports'),
      finding('ec2-required-tags', 'i-1'),
      finding('rds-backup-retention', 'a'),
      finding('rds-backup-retention', 'a'),
    ];
    const withoutTags = { ...settings, rules: settings.rules.filter(({ rule }) => rule.id !== 'ec2-required-tags') };
    expect(chosen(found, withoutTags)).to.deep.equal({
      candidates: ['a'],
      skipped: [
        ['rds-backup-retention', 'w', 'waived', 'A waiver covers it.'],
        ['ec2-no-public-ip', 'n', 'no-action', 'Nothing here mends ec2-no-public-ip.'],
        ['s3-bucket-encrypted', 'reports', 'off', 'remediation.rules says nothing of s3-bucket-encrypted.'],
        ['ec2-required-tags', 'i-1', 'off', 'ec2-required-tags is not among the rules.'],
        ['rds-backup-retention', 'a', 'duplicate', 'The same finding was given twice.'],
      ],
    });
  });
});

describe('a remediation plan', () => {
  it('says what it changes, from what to what, why, and what that takes (S4-3)', () => {
    expect(planned(planSettings(DATABASES), [['orders', bare('orders')]])).to.deep.equal({
      changes: [
        {
          rule: 'rds-backup-retention',
          action: 'rds-backup-retention',
          resource: {
            arn: 'arn:aws:rds:eu-west-1:111122223333:db:orders',
            id: 'orders',
            type: 'AWS::RDS::DBInstance',
            accountId: '111122223333',
            region: 'eu-west-1',
          },
          reason: 'DB instance orders keeps no automated backups.',
          before: { backupRetentionDays: 0 },
          after: { backupRetentionDays: 1 },
          reversible: true,
          permissions: ['rds:ModifyDBInstance'],
          cautions: [
            'Nothing restarts, but going from 0 days suspends I/O for a moment: a first backup is taken at once.',
            'Undoing it deletes the automated backups that were taken since.',
          ],
        },
      ],
      skipped: [],
    });
  });

  it('goes by what AWS says now, not by the finding', () => {
    const failure = { reason: 'denied', detail: 'not authorized' } as const;
    const { changes, skipped } = planned(planSettings(DATABASES), [
      ['a-sound', { resource: dbInstance({ id: 'a-sound', backupRetentionPeriod: 7 }), detail: 7 }],
      ['b-gone', 'gone'],
      ['c-going', bare('c-going', { status: 'deleting' })],
      ['d-denied', failure],
      ['e-pending', { ...bare('e-pending'), detail: 3 }],
      ['f-replica', bare('f-replica', { replicationSource: 'orders' })],
      ['g-other', bare('other')],
    ]);
    expect(changes).to.deep.equal([]);
    const rule = 'rds-backup-retention';
    expect(skipped.map(told)).to.deep.equal([
      [rule, 'a-sound', 'already', 'rds-backup-retention no longer fails for a-sound.'],
      [rule, 'b-gone', 'gone', 'b-gone is not there any more.'],
      [rule, 'c-going', 'gone', 'c-going is deleting.'],
      [rule, 'd-denied', 'unreadable', 'd-denied could not be read: not authorized.'],
      [rule, 'e-pending', 'already', 'RDS has been told to keep 3 days, and is about to.'],
      [rule, 'f-replica', 'already', 'rds-backup-retention no longer fails for f-replica.'],
      [
        rule,
        'g-other',
        'gone',
        'arn:aws:rds:eu-west-1:111122223333:db:g-other is not there: its name is that of arn:aws:rds:eu-west-1:111122223333:db:other.',
      ],
    ]);
  });

  it('leaves alone what is undecided', () => {
    const settings = planSettings(
      { rules: { 'ebs-volumes-encrypted': {} } },
      { 'ebs-volumes-encrypted': { key: 'k' } },
    );
    const { candidates } = chooseFindings([finding('ebs-volumes-encrypted', 'vol-1')], settings);
    const seen = { resource: volume({ kmsKeyId: null }), detail: { enabled: false } };
    const { skipped } = planChanges([{ candidate: candidates[0]!, seen }], settings);
    expect(skipped.map(told)).to.deep.equal([
      ['ebs-volumes-encrypted', 'vol-1', 'unreadable', 'Volume vol-1 does not tell which key it is encrypted with.'],
    ]);
  });

  it('honours the exemption tag: the rule, one among several, * and all; and another key where one is set', () => {
    const tagged = (id: string, value: string) =>
      [id, bare(id, { tags: tags({ 'compliancectl:exempt': value }) })] as const;
    const { changes, skipped } = planned(planSettings(DATABASES), [
      tagged('a', 'rds-backup-retention'),
      tagged('b', 's3-bucket-encrypted rds-backup-retention'),
      tagged('c', '*'),
      tagged('d', 'all'),
      tagged('e', 's3-bucket-encrypted'),
    ]);
    expect(skipped.map(told)).to.deep.equal(
      ['a', 'b', 'c', 'd'].map((id) => [
        'rds-backup-retention',
        id,
        'exempt',
        `${id} is exempt by its tag compliancectl:exempt.`,
      ]),
    );
    expect(changes.map(({ resource }) => resource.id)).to.deep.equal(['e']);

    const other = planned(planSettings({ ...DATABASES, exemptTag: 'keep' }), [
      ['a', bare('a', { tags: tags({ keep: '*' }) })],
    ]);
    expect(other.skipped.map(told)).to.deep.equal([
      ['rds-backup-retention', 'a', 'exempt', 'a is exempt by its tag keep.'],
    ]);
  });

  it('changes nothing that may be exempt for all it can see', () => {
    const { skipped } = planned(planSettings(DATABASES), [['a', bare('a', { tags: notCollected })]]);
    expect(skipped.map(told)).to.deep.equal([
      ['rds-backup-retention', 'a', 'unreadable', 'The tags of a could not be read: it may be exempt.'],
    ]);
  });

  it('honours waivers, until their last day', () => {
    const waiver = {
      rule: 'rds-backup-retention',
      arn: '*:db:a',
      owner: 'ada',
      reason: 'Legacy',
      expires: '2026-11-21',
    };
    const on = (day: string) =>
      planned(planSettings(DATABASES, {}, { waivers: [waiver], asOf: new Date(`${day}T12:00:00Z`) }), [
        ['a', bare('a')],
      ]);
    expect(on('2026-11-21').skipped.map(told)).to.deep.equal([
      ['rds-backup-retention', 'a', 'waived', 'ada answers for it until 2026-11-21: Legacy'],
    ]);
    expect(on('2026-11-22').changes.length).to.equal(1);
  });

  it('shows in dry-run what it would do, and does not count it', () => {
    const settings = planSettings({ rules: { 'rds-backup-retention': { mode: 'dry-run' } }, limit: 1 });
    const { changes, skipped } = planned(settings, [
      ['a', bare('a')],
      ['b', bare('b')],
    ]);
    expect(changes).to.deep.equal([]);
    expect(skipped.map((one) => [...told(one), one.change?.after])).to.deep.equal(
      ['a', 'b'].map((id) => [
        'rds-backup-retention',
        id,
        'dry-run',
        'rds-backup-retention is in dry-run: nothing is changed.',
        { backupRetentionDays: 1 },
      ]),
    );
  });

  it('makes no more changes than the limit allows', () => {
    const seen = (['a', 'b', 'c'] as const).map((id) => [id, bare(id)] as const);
    const two = planned(planSettings({ ...DATABASES, limit: 2 }), seen);
    expect(two.changes.map(({ resource }) => resource.id)).to.deep.equal(['a', 'b']);
    expect(two.skipped.map((one) => [...told(one), one.change?.resource.id])).to.deep.equal([
      ['rds-backup-retention', 'c', 'limit', 'One run makes 2 changes at most; run it again for the rest.', 'c'],
    ]);
    const [first] = planned(planSettings({ ...DATABASES, limit: 1 }), seen).skipped;
    expect(first?.message).to.equal('One run makes 1 change at most; run it again for the rest.');
  });

  it('makes one change of several findings that lead to it', () => {
    const settings = planSettings({ rules: { 'ebs-volumes-encrypted': {} } });
    const found = ['vol-1', 'vol-2'].map((id) => finding('ebs-volumes-encrypted', id));
    const setting = { ...chooseFindings(found, settings).candidates[0]!.target, id: 'setting' };
    const observations = chooseFindings(found, settings).candidates.map((candidate: Candidate) => ({
      candidate,
      seen: { resource: volume({ id: candidate.target.id, encrypted: false }), detail: { enabled: false, setting } },
    }));
    const { changes, skipped } = planChanges(observations, settings);
    expect(changes.map(({ resource, before, after }) => [resource.id, before, after])).to.deep.equal([
      ['setting', { encryptionByDefault: false }, { encryptionByDefault: true }],
    ]);
    expect(skipped.map(told)).to.deep.equal([
      ['ebs-volumes-encrypted', 'vol-2', 'duplicate', 'vol-1 leads to the same change.'],
    ]);
  });

  it('makes a change that cannot be undone whole only where that is allowed', () => {
    const rule = { protocol: 'tcp', fromPort: 22, toPort: 22, family: 'ipv4', cidr: '0.0.0.0/0', description: null };
    const resource = {
      type: 'AWS::EC2::SecurityGroup' as const,
      id: 'sg-1',
      arn: 'arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1',
      accountId: '111122223333',
      region: 'eu-west-1',
      tags: tags({}),
      groupName: 'web',
      ingress: [{ protocol: 'tcp', fromPort: 22, toPort: 22, ipv4: ['0.0.0.0/0'], ipv6: [], prefixListIds: ['pl-1'] }],
    };
    const seen = { resource, detail: { rules: [rule], tagged: new Set(['tcp/22/0.0.0.0/0']) } };
    const remediation = { rules: { 'ec2-security-group-restricted': {} } };
    const plan = (allowIrreversible: boolean) => {
      const settings = planSettings({ ...remediation, allowIrreversible });
      const [candidate] = chooseFindings([finding('ec2-security-group-restricted', 'sg-1')], settings).candidates;
      return planChanges([{ candidate: candidate!, seen }], settings);
    };
    expect(plan(false).skipped.map(told)).to.deep.equal([
      [
        'ec2-security-group-restricted',
        'sg-1',
        'irreversible',
        'Undoing it would not bring back everything; allowIrreversible is off.',
      ],
    ]);
    expect(plan(true).changes.map(({ reversible }) => reversible)).to.deep.equal([false]);
  });

  it('is of rules that the scan has: anything else is a defect', () => {
    const settings = planSettings(DATABASES);
    const { candidates } = chooseFindings([finding('rds-backup-retention', 'a')], settings);
    expect(() => planChanges([{ candidate: candidates[0]!, seen: bare('a') }], { ...settings, rules: [] })).to.throw(
      'A candidate of rds-backup-retention, which is not among the rules',
    );
  });
});

describe('the actions', () => {
  it('mend rules that there are, each by its own name', () => {
    for (const [rule, action] of Object.entries(ACTIONS)) {
      expect(rules.some(({ id }) => id === rule)).to.equal(true);
      expect(action.rule).to.equal(rule);
      expect(actionNamed(action.id)).to.equal(action);
    }
    expect(new Set(Object.keys(ACTIONS))).to.deep.equal(new Set(Object.keys(remediationSchema.shape.rules.shape)));
    expect(() => actionNamed('reboot' as ActionId)).to.throw('There is no action reboot');
    expect(isMended('constructor')).to.equal(false);
  });
});
