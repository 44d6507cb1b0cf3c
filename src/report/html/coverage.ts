/** What the scan did not see, and what would let it; what was fixed since the baseline; how the waivers fared. */
import type { BaselineSummary } from '../../engine/baseline.ts';
import type { Scan, ScanHead } from '../../engine/scan-document.ts';
import { plainLine } from '../plain-text.ts';
import { plural } from '../plural.ts';
import { element, isolated } from './element.ts';
import type { Element } from './element.ts';
import { grouped, instant, listing, section, short } from './parts.ts';

/** Characters of AWS's answer that are shown. */
const MESSAGE_LENGTH = 500;

export function notSeen({ head, evaluations }: Scan): readonly Element[] {
  const { gaps, summary, complete } = head;
  if (gaps.length === 0 && summary.unknown === 0 && complete) return [];
  const permissions = permissionsMissing({ head, evaluations });
  return [
    section(
      'not-seen',
      'Not seen',
      element(
        'p',
        { class: 'lead' },
        complete ? '' : 'The scan was cut short, so that not everything was looked at. ',
        'What could not be read is UNKNOWN: it counts neither as a pass nor as a failure.',
      ),
      permissions.length === 0
        ? ''
        : listing(
            'Permissions that would settle it',
            ['Permission', 'Verdicts it would settle', 'Calls refused'],
            permissions.map(([permission, { verdicts, calls }]) => [
              element('code', {}, isolated(permission)),
              grouped(verdicts),
              grouped(calls),
            ]),
          ),
      gaps.length === 0
        ? ''
        : listing(
            'Calls that gave nothing',
            ['Account', 'Region', 'Call', 'Why', 'Permission', 'Calls'],
            gaps.map((gap) => [
              short(gap.account_id),
              short(gap.region),
              element('code', {}, isolated(gap.api)),
              [element('b', {}, gap.reason), element('span', { class: 'quiet' }, isolated(shortened(gap.message)))],
              gap.permission === undefined ? '–' : element('code', {}, isolated(gap.permission)),
              grouped(gap.calls),
            ]),
          ),
    ),
  ];
}

interface Missing {
  verdicts: number;
  calls: number;
}

/** By how much each would settle. */
function permissionsMissing({ head, evaluations }: Scan): (readonly [permission: string, missing: Missing])[] {
  const missing = new Map<string, Missing>();
  const of = (permission: string): Missing => {
    const entry = missing.get(permission) ?? { verdicts: 0, calls: 0 };
    missing.set(permission, entry);
    return entry;
  };
  for (const { permission, calls } of head.gaps) if (permission !== undefined) of(permission).calls += calls;
  for (const { missing_permission: permission } of evaluations)
    if (permission !== undefined) of(permission).verdicts += 1;
  return [...missing].toSorted(([, a], [, b]) => b.verdicts - a.verdicts || b.calls - a.calls);
}

export function sinceBaseline({ baseline }: ScanHead): readonly Element[] {
  if (baseline === undefined) return [];
  const rowsOf = (findings: BaselineSummary['fixed']) =>
    findings.map((finding) => [
      finding.severity,
      isolated(finding.rule_id),
      isolated(finding.resource_id),
      short(finding.account_id),
      short(finding.region),
    ]);
  const columns = ['Severity', 'Rule', 'Resource', 'Account', 'Region'];
  return [
    section(
      'baseline',
      'Since the baseline',
      element(
        'p',
        { class: 'lead' },
        'Compared with the scan of ',
        instant(baseline.report_timestamp),
        `: ${baseline.new} new, ${baseline.worse} worse, ${baseline.unchanged} unchanged, ${baseline.fixed.length} fixed, ${baseline.not_rechecked.length} not rechecked.`,
      ),
      baseline.fixed.length === 0 ? '' : listing('Fixed', columns, rowsOf(baseline.fixed)),
      baseline.not_rechecked.length === 0
        ? ''
        : listing('Failed before, and could not be looked at again', columns, rowsOf(baseline.not_rechecked)),
    ),
  ];
}

const STATES = {
  active: 'holds',
  expired: 'has expired',
  unused: 'met no failure',
  not_scanned: 'out of scope',
} as const satisfies Record<ScanHead['waivers'][number]['state'], string>;

export function waiverSection({ waivers }: ScanHead): readonly Element[] {
  if (waivers.length === 0) return [];
  return [
    section(
      'waivers',
      'Waivers',
      listing(
        plural(waivers.length, 'waiver'),
        ['Rule', 'Scope', 'Owner and reason', 'Last day', 'State', 'Failures in its scope'],
        waivers.map(({ rule_id: rule, scope, owner, reason, ticket, expires, state, matched }) => [
          isolated(rule),
          isolated(scope),
          [
            isolated(owner),
            element('span', { class: 'quiet' }, isolated(ticket === undefined ? reason : `${reason} (${ticket})`)),
          ],
          short(expires),
          element('span', { class: `state ${state}` }, STATES[state]),
          grouped(matched),
        ]),
      ),
    ),
  ];
}

function shortened(text: string): string {
  const line = plainLine(text);
  return line.length <= MESSAGE_LENGTH ? line : `${line.slice(0, MESSAGE_LENGTH)}…`;
}
