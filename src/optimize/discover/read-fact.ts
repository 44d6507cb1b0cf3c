import type { Call } from '../../aws/call.ts';
import { failureInRegion } from '../../aws/errors.ts';
import type { Failure } from '../../aws/errors.ts';
import { known } from '../../engine/model.ts';
import type { Fact } from '../../engine/model.ts';

/**
 * What `ask` gives, or why its call gave nothing.
 *
 * @throws what did not come from a call: a defect of ours
 */
export async function readFact<T>(call: Call, signal: AbortSignal, ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return known(await ask());
  } catch (error) {
    const { reason } = requireFailure(error, signal);
    return { known: false, reason, ...(reason === 'denied' && { permission: call.action }) };
  }
}

/**
 * Why a call failed; once the run is ended from outside that is why, whatever the call itself says.
 *
 * @throws the error where it did not come from a call
 */
export function requireFailure(error: unknown, signal: AbortSignal): Failure {
  const failure = failureInRegion(error);
  if (failure === undefined) throw error;
  return signal.aborted ? { ...failure, reason: 'interrupted' } : failure;
}
