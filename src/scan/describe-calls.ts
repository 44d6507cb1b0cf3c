/** What a scan would ask AWS, told without asking: `--explain` and `--print-iam-policy`. */
import { callsNeeded } from '../inventory/calls.ts';
import type { NeededCall } from '../inventory/calls.ts';
import { UserError } from '../user-error.ts';
import { iamPolicyFor } from './iam-policy.ts';
import type { ScanPlan } from './plan.ts';

/**
 * The calls of a plan as text: a list for people, JSON under `--json`, or the policy that allows them.
 *
 * @throws UserError `NO_CALLS` for a snapshot, which is read without AWS
 */
export function describeCalls(
  { source, facts, rules }: ScanPlan,
  as: { readonly json: boolean; readonly 'print-iam-policy': boolean },
): string[] {
  if (source.kind === 'snapshot') {
    throw new UserError('A snapshot is checked without any call to AWS.', {
      code: 'NO_CALLS',
      suggestions: ['Leave --snapshot out to see what reading live AWS would take'],
    });
  }
  const calls = callsNeeded(facts, { allRegions: source.regions === 'all', throughRoles: source.roles.length > 0 });
  if (as['print-iam-policy']) return [`${JSON.stringify(iamPolicyFor(calls, source), undefined, 2)}\n`];
  if (as.json) return [`${JSON.stringify(callsDocument(calls), undefined, 2)}\n`];
  const width = Math.max(...calls.map(({ api }) => api.length));
  const lines = calls.map(({ api, action, times }) => {
    const permission = action === api ? '' : ` (permission ${action})`;
    return `${api.padEnd(width)}  ${times}${permission}\n`;
  });
  const lead = rules.length === 1 ? '1 rule needs' : `${rules.length} rules need`;
  return [`${lead} these calls, and no others:\n\n`, ...lines];
}

function callsDocument(calls: readonly NeededCall[]): object {
  return {
    schema: 'compliancectl.calls/1',
    calls: calls.map(({ api, action, times }) => ({ api, permission: action, times })),
  };
}
