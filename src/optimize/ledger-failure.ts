/** A ledger that cannot be read or written, in words. */
import { EXIT, UserError } from '../user-error.ts';

/** @param reason without a full stop */
export function ledgerFailure(
  doing: 'read' | 'write',
  place: string,
  reason: string,
  { suggestions, cause }: { readonly suggestions: readonly string[]; readonly cause: unknown },
): UserError {
  const done = doing === 'read' ? 'read' : 'written';
  return new UserError(`The ledger cannot be ${done}: ${place}: ${reason}.`, {
    code: doing === 'read' ? 'LEDGER_READ' : 'LEDGER_WRITE',
    exitCode: EXIT.failed,
    suggestions,
    cause,
  });
}

/** How often an entry is taken anew that someone else has just written. */
export const CONFLICTS_AT_MOST = 10;

/** Where each attempt to take the entry met a change of someone else's. */
export function contested(place: string): UserError {
  return new UserError(`The ledger is changed by others all the time: ${place}.`, {
    code: 'LEDGER_LOCKED',
    exitCode: EXIT.failed,
    suggestions: ['Nothing was changed; try again in a minute', 'In S3, use a service that knows conditional writes'],
  });
}
