import { expect } from 'chai';

import { newEntry } from '../../src/optimize/ledger-entry.ts';
import type { LedgerEntry } from '../../src/optimize/ledger.ts';
import { isRunning, releaseLease, renewLease, takeLease } from '../../src/optimize/lease.ts';
import { userErrorOf } from '../support/errors.ts';
import { DEAD_PID, SCOPE, START } from '../support/scaled-estate.ts';

const ENTRY = newEntry('2026-11-21.run', SCOPE, START);
const ME = { runId: 'mine', actor: 'ada', host: 'desk', pid: 4711 };
const AFTER = (minutes: number) => new Date(START.getTime() + minutes * 60_000);
const LEASE = { run_id: 'other', actor: 'bob', host: 'desk', pid: process.pid, until: AFTER(5).toISOString() };

const held = (changes: Partial<typeof LEASE> = {}): LedgerEntry => ({ ...ENTRY, lease: { ...LEASE, ...changes } });
const mineAt = (minutes: number) => ({
  run_id: 'mine',
  actor: 'ada',
  host: 'desk',
  pid: 4711,
  until: AFTER(minutes + 5).toISOString(),
});

describe('a lease', () => {
  it('is taken for five minutes, renewed and given back', () => {
    const taken = takeLease(ENTRY, ME, START);
    expect(taken).to.deep.equal({ ...ENTRY, lease: mineAt(0) });
    expect(renewLease(taken, ME, AFTER(1)).lease).to.deep.equal(mineAt(1));
    expect(releaseLease(taken)).to.deep.equal(ENTRY);
  });

  it('is refused while another run has it, naming who and until when', async () => {
    expect(await userErrorOf(() => takeLease(held(), ME, AFTER(4.99)))).to.deep.equal({
      code: 'LEDGER_LOCKED',
      exitCode: 3,
      message: `Another run is at work on this environment: bob, on desk (process ${process.pid}), until 2026-11-21T06:05:00.000Z.`,
      suggestions: [
        'Wait until it has ended: a run that works renews its claim every minute',
        'If it was killed, try again after 2026-11-21T06:05:00.000Z; nothing is lost until then',
      ],
    });
    expect((await userErrorOf(() => takeLease(held({ host: 'other', pid: DEAD_PID }), ME, START))).code).to.equal(
      'LEDGER_LOCKED',
    );
  });

  for (const [why, entry, minutes] of [
    ['that ran out', held(), 5],
    ['of a dead process on the same host', held({ pid: DEAD_PID }), 0],
    ['of an earlier process with the same number', held({ pid: ME.pid }), 0],
    ['of the same run', held({ run_id: 'mine', host: 'other' }), 0],
  ] as const) {
    it(`is taken over ${why}`, () => {
      expect(takeLease(entry, ME, AFTER(minutes)).lease).to.deep.equal(mineAt(minutes));
    });
  }
});

describe('isRunning', () => {
  it('tells living processes from dead ones, whoever they belong to', () => {
    expect([process.pid, 1, DEAD_PID].map(isRunning)).to.deep.equal([true, true, false]);
  });
});
