/** The head of a scan's page: what was scanned, and how it fared, at a glance. */
import type { Scan, ScanHead } from '../../engine/scan-document.ts';
import { SEVERITIES } from '../../engine/verdict.ts';
import { plural } from '../plural.ts';
import { donut, lengthBar, ring } from './charts.ts';
import type { Part } from './charts.ts';
import { element, isolated } from './element.ts';
import type { Content, Element } from './element.ts';
import { card, filterLink, grouped, instant, notice, tileRow } from './parts.ts';
import type { Tile } from './parts.ts';

type VerdictCounts = Pick<
  ScanHead['summary'],
  'total_evaluations' | 'compliant' | 'non_compliant' | 'unknown' | 'waived' | 'not_applicable'
>;

/** The score that the terminal shows green, too. */
const GOOD_SCORE = 80;

/** Accounts, and regions, that are named at the top; more are counted. */
const NAMED_PLACES = 4;

/** Where and when the scan looked. */
export function factLine({ source, report_timestamp: time, accounts, regions }: ScanHead): Content {
  return [
    source === 'snapshot' ? 'A snapshot, as of ' : 'Live AWS, as of ',
    instant(time),
    ' · ',
    places(accounts, 'account'),
    ' · ',
    places(regions, 'region'),
  ];
}

function places(names: readonly string[], what: string): Content {
  if (names.length === 0 || names.length > NAMED_PLACES) return plural(names.length, what);
  const listed = names.flatMap((name, at) => (at === 0 ? [isolated(name)] : [', ', isolated(name)]));
  return [`${what}${names.length === 1 ? '' : 's'} `, listed];
}

/** What keeps the figures from being the whole truth, if anything does. */
export function warnings({ head }: Scan): readonly Element[] {
  const { gaps, complete, summary } = head;
  const unseen = [
    ...(gaps.length === 0 ? [] : [plural(callsOf(head), 'call could not be answered', 'calls could not be answered')]),
    ...(summary.unknown === 0 ? [] : [plural(summary.unknown, 'verdict is UNKNOWN', 'verdicts are UNKNOWN')]),
  ];
  const link = element('a', { href: '#not-seen' }, 'What, and what would settle it');
  return [
    ...(complete ? [] : [notice('The scan was cut short: not everything was looked at.')]),
    ...(unseen.length === 0 ? [] : [notice(`Not everything was seen: ${unseen.join(', ')}. `, link)]),
  ];
}

function callsOf({ gaps }: ScanHead): number {
  return gaps.reduce((sum, { calls }) => sum + calls, 0);
}

export function overview({ head, evaluations }: Scan): Element {
  const failing = new Map<string, number>();
  for (const { status, severity } of evaluations)
    if (status === 'FAIL') failing.set(severity, (failing.get(severity) ?? 0) + 1);
  return element(
    'section',
    { id: 'summary', 'aria-labelledby': 'summary-title' },
    element('h2', { id: 'summary-title', class: 'unseen' }, 'Summary'),
    element('div', { class: 'cards' }, scoreCard(head.summary), verdictCard(head.summary), severityCard(failing)),
    tileRow(tiles(head)),
  );
}

/** @param note what is said of a score, where there is one */
export function scoreCard(
  { score }: Pick<ScanHead['summary'], 'score'>,
  note = 'Resources that break no rule, in percent.',
): Element {
  const shown = score === null ? '–' : score.toFixed(2);
  const label = score === null ? 'No score: nothing could be judged' : `Score ${shown} of 100`;
  const kind = score !== null && score >= GOOD_SCORE ? 'good' : 'bad';
  return card(
    'Score',
    element('div', { class: 'centred' }, ring(score, { kind, inside: [shown, 'of 100'], label })),
    element('p', { class: 'quiet' }, score === null ? 'Nothing could be judged.' : note),
  );
}

export function verdictCard(summary: VerdictCounts): Element {
  const parts: readonly Part[] = [
    { kind: 'fail', name: 'FAIL', count: summary.non_compliant },
    { kind: 'unknown', name: 'UNKNOWN', count: summary.unknown },
    { kind: 'waived', name: 'WAIVED', count: summary.waived },
    { kind: 'pass', name: 'PASS', count: summary.compliant },
    { kind: 'none', name: 'N/A', count: summary.not_applicable },
  ];
  return card(
    'Verdicts',
    element(
      'div',
      { class: 'beside' },
      donut(parts, [grouped(summary.total_evaluations), 'verdicts']),
      element(
        'ul',
        { class: 'legend' },
        ...parts.map(({ kind, name, count }) =>
          element(
            'li',
            {},
            element('span', { class: `swatch ${kind}` }),
            element('span', {}, name),
            element('b', {}, grouped(count)),
          ),
        ),
      ),
    ),
  );
}

/** @param linked whether the page lists the failures themselves */
export function severityCard(failing: ReadonlyMap<string, number>, linked = true): Element {
  const longest = Math.max(...failing.values(), 1);
  return card(
    'Failures by severity',
    element(
      'ul',
      { class: 'lengths' },
      ...SEVERITIES.map((severity) => {
        const count = failing.get(severity) ?? 0;
        return element(
          'li',
          {},
          count === 0 || !linked ? element('span', {}, severity) : filterLink({ severity, status: 'FAIL' }, severity),
          lengthBar({ kind: severity, name: `${severity} ${count === 1 ? 'failure' : 'failures'}`, count }, longest),
          element('b', {}, grouped(count)),
        );
      }),
    ),
  );
}

function tiles({ summary }: ScanHead): readonly Tile[] {
  return [
    ['Compliance', percent(summary.compliance_percentage), 'of verdicts that are PASS or FAIL'],
    ['Evaluated', percent(summary.evaluated_percentage), 'of verdicts could be decided'],
    ['Resources', grouped(summary.total_resources), 'were looked at'],
    ['Failures', grouped(summary.non_compliant), `in ${plural(summary.total_evaluations, 'verdict')}`],
  ];
}

export function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} %`;
}
