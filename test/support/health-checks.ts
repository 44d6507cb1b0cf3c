/** Checks of a stack's parts as tables: a healthy part, and what each break of it is called. */
import { expect } from 'chai';

import type { Checking, Finding } from '../../src/health/finding.ts';

export const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234';

export const CHECKING: Checking = {
  now: new Date('2026-11-21T12:00:00Z'),
  region: 'us-east-1',
  keyArn: KEY,
  redeploy: { remedy: 'Deploy again.', command: 'compliancectl deploy -e test' },
};

export const denied = { known: false, reason: 'denied', permission: 'some:Action' } as const;

/** What differs from the healthy part, and the findings: `severity check[/subject]: problem => command`. */
export type Break<Seen> = readonly [what: string, change: Partial<Seen>, findings: readonly string[]];

export interface CheckTable<Seen> {
  readonly healthy: Seen;
  readonly check: (seen: Seen, checking: Checking) => readonly Finding[];
  readonly breaks: readonly Break<Seen>[];
  /** Changes that are nothing to worry about, or cannot be judged. */
  readonly sound?: readonly (readonly [what: string, change: Partial<Seen>])[];
}

/** For the `describe` it is called in. */
export function testCheck<Seen>({ healthy, check, breaks, sound = [] }: CheckTable<Seen>): void {
  it('finds nothing wrong with a healthy part', () => {
    expect(check(healthy, CHECKING)).to.deep.equal([]);
  });
  for (const [what, change] of sound) {
    it(`finds nothing wrong where ${what}`, () => {
      expect(check({ ...healthy, ...change }, CHECKING)).to.deep.equal([]);
    });
  }
  for (const [what, change, findings] of breaks) {
    it(`says so where ${what}, and nothing else`, () => {
      expect(check({ ...healthy, ...change }, CHECKING).map(lineOf)).to.deep.equal(findings);
    });
  }
}

export function lineOf({ severity, check, subject, problem, command, remedy }: Finding): string {
  expect(remedy).to.match(/\.$/);
  const name = subject === undefined ? check : `${check}/${subject}`;
  return `${severity} ${name}: ${problem} => ${command ?? '(no command)'}`;
}
