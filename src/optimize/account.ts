/** What people call the account. */
import type { Clients } from '../aws/clients.ts';
import { present } from '../aws/errors.ts';
import type { Fact } from '../engine/model.ts';
import { LIST_ACCOUNT_ALIASES } from './calls.ts';
import { readFact } from './discover/read-fact.ts';

/** The alias of the account; `null` where it has none. An account has one at most. */
export async function accountAlias(clients: Clients, signal: AbortSignal): Promise<Fact<string | null>> {
  return readFact(LIST_ACCOUNT_ALIASES, signal, async () => {
    const { ListAccountAliasesCommand } = await import('@aws-sdk/client-iam');
    const iam = await clients.iam();
    const { AccountAliases } = await iam.send(new ListAccountAliasesCommand({}), { abortSignal: signal });
    return present(AccountAliases, 'AccountAliases')[0] ?? null;
  });
}
