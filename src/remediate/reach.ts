/** The way into the accounts of a scan, for changing what it found there; and who it is that changes it. */
import { openAccounts, openOwnAccount, ownArn } from '../aws/accounts.ts';
import type { Account, AccountRole } from '../aws/accounts.ts';
import { createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import type { OpenPlace } from './observe.ts';

export interface ReachSettings {
  /** Where questions are asked that belong to no region. */
  readonly homeRegion: string;
  /** Accounts to enter; with none, the credentials' own. */
  readonly roles: readonly AccountRole[];
  readonly env: NodeJS.ProcessEnv;
  /** Ends every call. */
  readonly signal: AbortSignal;
}

export interface OpenedReach {
  readonly open: OpenPlace;
  /** The ARN of whoever holds the credentials. */
  readonly actor: string;
  /** Clients of the credentials at hand, in the home region: the records may be in a bucket there. */
  readonly own: Clients;
  readonly close: () => void;
}

/** @throws UserError as `openOwnAccount` does, where the credentials are no good */
export async function openReach({ homeRegion, roles, env, signal }: ReachSettings): Promise<OpenedReach> {
  const asking = { region: homeRegion, env, signal };
  const [actor, own] = await Promise.all([ownArn(asking), openOwnAccount(asking)]);
  const entered = roles.length === 0 ? [own] : await openAccounts(roles, asking);
  const accounts = entered.filter((account): account is Account => !('failure' in account));
  const opened = new Map<string, Clients>();
  const clientsOf = ({ accountId, credentials }: Account, region: string): Clients => {
    const key = `${accountId}/${region}`;
    const clients = opened.get(key) ?? createClients({ region, credentials, env, signal });
    opened.set(key, clients);
    return clients;
  };
  return {
    actor,
    own: clientsOf(own, homeRegion),
    open: async (accountId, region) => {
      const account = accounts.find((one) => one.accountId === accountId);
      if (account === undefined) return undefined;
      const { partition } = account;
      return { clients: clientsOf(account, region), scope: { accountId, partition, region } };
    },
    close: () => {
      for (const clients of opened.values()) clients.destroy();
    },
  };
}
