/** The way into the account: who is acting, and clients for reading, which Ctrl-C ends, and for changing, which it does not. */
import { openOwnAccount, ownArn } from '../aws/accounts.ts';
import { createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import { openLedger } from './open-ledger.ts';
import type { LedgerScope, LedgerStore } from './ledger.ts';
import type { OptimizeRequest, Surroundings } from './request.ts';

export interface Entered extends LedgerScope {
  readonly partition: string;
  /** The ARN of whoever holds the credentials. */
  readonly actor: string;
  readonly reading: Clients;
  readonly changing: Clients;
  /** A change that is under way is not torn: its calls are ended by nothing. */
  readonly untorn: AbortSignal;
  readonly openLedger: () => Promise<LedgerStore>;
  readonly close: () => void;
}

/** @throws UserError as `openOwnAccount` does, where the credentials are no good */
export async function enterAccount(
  { environment, region, ledger }: OptimizeRequest,
  { env, stop }: Surroundings,
): Promise<Entered> {
  const asking = { region, env, signal: stop };
  const [actor, { accountId, partition, credentials }] = await Promise.all([ownArn(asking), openOwnAccount(asking)]);
  const untorn = new AbortController().signal;
  const done = new AbortController();
  const reading = createClients({ region, credentials, env, signal: AbortSignal.any([stop, done.signal]) });
  const changing = createClients({ region, credentials, env, signal: untorn });
  const scope: LedgerScope = { environment, accountId, region };
  return {
    ...scope,
    partition,
    actor,
    reading,
    changing,
    untorn,
    openLedger: () => openLedger(ledger, scope, { env, s3: () => changing.s3(), signal: untorn }),
    close: () => {
      // Ends the waiting before another attempt of calls that nobody waits for any more.
      done.abort();
      reading.destroy();
      changing.destroy();
    },
  };
}
