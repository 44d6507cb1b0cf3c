/** What every function is handed for one invocation; nothing here knows Lambda's own shapes. */
import type { Account } from '../aws/accounts.ts';
import type { Clients } from '../aws/clients.ts';
import type { FunctionConfiguration } from './configuration.ts';
import type { Log } from './log.ts';

export interface Invocation {
  readonly configuration: FunctionConfiguration;
  readonly env: NodeJS.ProcessEnv;
  /** The account the function runs in, and its region. */
  readonly account: Account;
  readonly region: string;
  /** Clients of that account and region, kept from one invocation to the next. */
  readonly clients: Clients;
  readonly log: Log;
  readonly requestId: string;
  /** When the invocation began: for what no event gives a time. */
  readonly startedAt: Date;
  /** Milliseconds until Lambda ends the invocation. */
  readonly remaining: () => number;
  /** Ends every call a little before that, so that an error is thrown and not lost. */
  readonly signal: AbortSignal;
}
