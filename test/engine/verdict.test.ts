import { expect } from 'chai';

import type { Unread } from '../../src/engine/model.ts';
import { atLeast, fail, notApplicable, pass, SEVERITIES, undecided, unknown } from '../../src/engine/verdict.ts';

describe('a verdict', () => {
  it('is a pass without a word', () => {
    expect(pass).to.deep.equal({ status: 'PASS' });
  });

  it('is a failure with its message alone, or with facts and a severity of its own', () => {
    const facts = [{ key: 'missing/Owner', message: 'The tag Owner is missing.' }];
    expect(fail('Wrong.')).to.deep.equal({ status: 'FAIL', message: 'Wrong.' });
    expect(fail('Wrong.', { facts, severity: 'critical' })).to.deep.equal({
      status: 'FAIL',
      message: 'Wrong.',
      facts,
      severity: 'critical',
    });
  });

  it('is not applicable for a reason', () => {
    expect(notApplicable('No list was given.')).to.deep.equal({
      status: 'NOT_APPLICABLE',
      message: 'No list was given.',
    });
  });

  it('is undecided in a sentence of the rule, which names no permission', () => {
    expect(undecided('Half of it was read.')).to.deep.equal({ status: 'UNKNOWN', message: 'Half of it was read.' });
  });
});

describe('an unknown verdict', () => {
  const explained: readonly (readonly [unread: Unread, why: string])[] = [
    [{ known: false, reason: 'denied' }, 'access was denied'],
    [{ known: false, reason: 'throttled' }, 'AWS throttled the call to the end'],
    [{ known: false, reason: 'unreachable' }, 'the endpoint could not be reached'],
    [{ known: false, reason: 'deadline' }, 'the time ran out'],
    [{ known: false, reason: 'interrupted' }, 'the scan was interrupted'],
    [{ known: false, reason: 'error' }, 'the call failed'],
    [{ known: false, reason: 'not-collected' }, 'the source did not collect that'],
  ];
  for (const [unread, why] of explained) {
    it(`says why the fact is missing: ${unread.reason}`, () => {
      expect(unknown('The tags of volume vol-1', unread)).to.deep.equal({
        status: 'UNKNOWN',
        message: `The tags of volume vol-1 could not be read: ${why}.`,
      });
    });
  }

  it('names the permission that would settle it', () => {
    const unread: Unread = { known: false, reason: 'denied', permission: 's3:GetEncryptionConfiguration' };
    expect(unknown('The encryption of bucket logs', unread)).to.deep.equal({
      status: 'UNKNOWN',
      message: 'The encryption of bucket logs could not be read: s3:GetEncryptionConfiguration was denied.',
      missingPermission: 's3:GetEncryptionConfiguration',
    });
  });
});

describe('severities', () => {
  it('weigh at least as much as themselves and as those after them', () => {
    const weightier = SEVERITIES.map((a) => SEVERITIES.filter((b) => atLeast(a, b)));
    expect(weightier).to.deep.equal([
      ['critical', 'high', 'medium', 'low', 'info'],
      ['high', 'medium', 'low', 'info'],
      ['medium', 'low', 'info'],
      ['low', 'info'],
      ['info'],
    ]);
  });
});
