/** Gathers what could not be read: one gap for each account, region, API and reason, however many calls it took. */
import type { Failure } from '../aws/errors.ts';
import { compareGaps } from '../engine/evaluation.ts';
import type { Gap } from '../engine/evaluation.ts';
import { apiOf } from './collector.ts';
import type { Call } from '../aws/call.ts';

export class GapLog {
  readonly #gaps = new Map<string, Gap>();

  add(gap: Gap): void {
    const key = [gap.account_id, gap.region, gap.api, gap.reason].join('\n');
    const before = this.#gaps.get(key);
    // Calls fail in any order; the gap they leave must not depend on it.
    const message = before !== undefined && before.message < gap.message ? before.message : gap.message;
    this.#gaps.set(key, { ...gap, message, calls: (before?.calls ?? 0) + gap.calls });
  }

  sorted(): Gap[] {
    return [...this.#gaps.values()].toSorted(compareGaps);
  }
}

/** The gap that a failed call leaves. */
export function gapOf(
  { accountId, region }: { readonly accountId: string; readonly region: string },
  service: string,
  call: Call,
  failure: Failure,
): Gap {
  const api = apiOf(service, call);
  const { reason } = failure;
  return {
    account_id: accountId,
    region,
    api,
    ...(reason === 'denied' && { permission: call.action }),
    reason,
    message: describe(api, call.action, failure),
    calls: 1,
  };
}

function describe(api: string, action: string, { reason, detail }: Failure): string {
  switch (reason) {
    case 'denied':
      return `${action} was denied: ${detail}.`;
    case 'throttled':
      return `${api} was throttled to the end: ${detail}.`;
    case 'unreachable':
      return `${api} could not be reached: ${detail}.`;
    case 'deadline':
      return `The time ran out before ${api} was done.`;
    case 'interrupted':
      return `The scan was interrupted before ${api} was done.`;
    case 'error':
      return `${api} failed: ${detail}.`;
  }
}
