/** What every ledger does, whatever it keeps entries in. */
import { expect } from 'chai';

import { closed, newEntry } from '../../src/optimize/ledger-entry.ts';
import { LedgerConflictError } from '../../src/optimize/ledger.ts';
import type { LedgerEntry, LedgerScope, LedgerStore } from '../../src/optimize/ledger.ts';
import { thrownBy } from './errors.ts';
import { SCOPE, START } from './scaled-estate.ts';

export const LATER = new Date('2026-11-21T07:00:00Z');

export function emptyEntry(name = 'run', scope: LedgerScope = SCOPE): LedgerEntry {
  return newEntry(`2026-11-21.${name}`, scope, START);
}

/** @param open the same store each time, for a scope */
export function behavesAsALedger(open: (scope?: LedgerScope) => LedgerStore): void {
  const conflict = async (call: () => unknown) => {
    expect(await thrownBy(call)).to.be.instanceOf(LedgerConflictError);
  };

  it('has nothing at first', async () => {
    expect([await open().readOpen(), await open().read('2026-11-21.run')]).to.deep.equal([undefined, undefined]);
  });

  it('holds one open entry, and gives it back', async () => {
    const stored = await open().create(emptyEntry());
    expect(stored.entry).to.deep.equal(emptyEntry());
    expect(await open().readOpen()).to.deep.equal(stored);
    expect(await open().read('2026-11-21.run')).to.deep.equal(emptyEntry());
    await conflict(() => open().create(emptyEntry('other')));
    expect((await open().readOpen())?.entry.id).to.equal('2026-11-21.run');
  });

  it('replaces it as it was last seen, and refuses who has not seen that', async () => {
    const first = await open().create(emptyEntry());
    const second = await open().replace(first, { ...first.entry, runs: [run('a')] });
    await conflict(() => open().replace(first, { ...first.entry, runs: [run('b')] }));
    await conflict(() => open().replace(first, closed(first.entry, LATER)));
    const third = await open().replace(second, { ...second.entry, runs: [run('a'), run('c')] });
    expect(await open().readOpen()).to.deep.equal(third);
    expect(third.entry.runs.map(({ run_id: id }) => id)).to.deep.equal(['a', 'c']);
  });

  it('keeps closed entries, and takes the next open one', async () => {
    const first = await open().create(emptyEntry());
    const done = await open().replace(first, closed(first.entry, LATER));
    expect(await open().readOpen()).to.equal(undefined);
    await conflict(() => open().replace(first, first.entry));
    expect(await open().read('2026-11-21.run')).to.deep.equal(done.entry);
    const next = await open().create(emptyEntry('next'));
    expect(await open().readOpen()).to.deep.equal(next);
    expect(await open().read('2026-11-21.run')).to.deep.equal(done.entry);
    await open().replace(next, closed(next.entry, LATER));
    expect((await open().read('2026-11-21.next'))?.status).to.equal('closed');
  });

  it('keeps scopes apart, and reads nothing by what is no id', async () => {
    await open().create(emptyEntry());
    for (const change of [{ environment: 'test' }, { accountId: '999999999999' }, { region: 'us-east-1' }]) {
      const scope = { ...SCOPE, ...change };
      expect(await open(scope).readOpen()).to.equal(undefined);
      await open(scope).create(emptyEntry('other', scope));
    }
    expect((await open().readOpen())?.entry.id).to.equal('2026-11-21.run');
    expect(await open().read('../dev/open')).to.equal(undefined);
    expect(await open().read('2026-11-20.run')).to.equal(undefined);
  });

  it('lets one of many create, and one of many replace', async () => {
    const made = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => open().create(emptyEntry(name))));
    expect(made.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    const stored = (await open().readOpen())!;
    const replaced = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((id) => open().replace(stored, { ...stored.entry, runs: [run(id)] })),
    );
    expect(replaced.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const one of [...made, ...replaced]) {
      if (one.status === 'rejected') expect(one.reason).to.be.instanceOf(LedgerConflictError);
    }
  });
}

function run(id: string) {
  return { run_id: id, at: LATER.toISOString(), actor: 'ada', kind: 'apply' as const };
}
