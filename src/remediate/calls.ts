/** What mending the configured rules may call: what the role of a function is made of. */
import type { Call } from '../aws/call.ts';
import { ACTIONS, isMended } from './actions/index.ts';
import { GET_AUDIT, LIST_AUDIT, PUT_AUDIT } from './audit-bucket.ts';
import type { RemediationSettings } from './settings.ts';

/** Each call once. A rule in dry-run is read, and never changed. */
export function remediationCalls({ rules }: RemediationSettings): Call[] {
  const calls = Object.entries(rules).flatMap(([rule, settings]) => {
    if (!isMended(rule) || settings === undefined) return [];
    const { read, apply, undo } = ACTIONS[rule].calls;
    return settings.mode === 'apply' ? [...read, ...apply, ...undo] : read;
  });
  return [...new Set([...calls, PUT_AUDIT, GET_AUDIT, LIST_AUDIT])];
}
