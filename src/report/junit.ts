/**
 * JUnit XML, which CI systems show as tests: a suite a rule, a case an evaluation.
 *
 * What could not be decided is an `error`, which JUnit keeps for a test that came to no verdict: a CI system shows it as
 * not passed, and apart from the failures. Held whole until it is written, as the library builds a tree.
 */
import exported from 'junit-report-builder';
import type { Builder, TestSuite } from 'junit-report-builder';

import type { Evaluation } from '../engine/evaluation.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import type { Counts } from '../engine/score.ts';
import type { RenderContext } from './formats.ts';

// The library's types tell of an ES module; Node loads its CommonJS one, whose only export is the builder itself.
const builders = exported as unknown as Builder;

export function* renderJunit({ head, evaluations }: Scan, { rules }: RenderContext): Generator<string> {
  const report = builders.newBuilder().name(`compliancectl ${xmlText(head.environment)}`);
  const newSuite = (name: string) => report.testSuite().name(xmlText(name)).timestamp(timestamp(head));
  addCoverage(newSuite('coverage'), head);
  const byRule = Map.groupBy(evaluations, ({ rule_id: id }) => id);
  for (const id of new Set([...rules.map((rule) => rule.id), ...byRule.keys()])) {
    const suite = newSuite(id);
    const reported = byRule.get(id);
    if (reported === undefined) addQuietRule(suite, id, head.by_rule[id]);
    else for (const evaluation of reported) addEvaluation(suite, evaluation);
  }
  yield report.build();
  yield '\n';
}

/** What was not seen can fail no test of a resource, so it has a suite of its own. */
function addCoverage(suite: TestSuite, { gaps, complete }: ScanHead): void {
  const newCase = (name: string) => suite.testCase().className('coverage').name(xmlText(name));
  if (complete && gaps.length === 0) newCase('Everything was read');
  if (!complete) newCase('The scan was carried to its end').error('It was cut short: not everything was looked at.');
  for (const { account_id: account, region, api, reason, message } of gaps) {
    newCase(`${api} in ${account} ${region}`).error(xmlText(message), reason);
  }
}

/** A rule with nothing to report: it passed, or had nothing to judge, which is no pass. */
function addQuietRule(suite: TestSuite, id: string, counts: Counts | undefined): void {
  const compliant = counts?.compliant ?? 0;
  const test = suite.testCase().className(xmlText(id));
  if (compliant > 0) test.name(`Resources that comply: ${compliant}, all that were judged`);
  else test.name('There was nothing to judge').skipped();
}

function addEvaluation(suite: TestSuite, evaluation: Evaluation): void {
  const { rule_id: rule, resource_arn: arn, severity, status, message, waiver } = evaluation;
  const test = suite
    .testCase()
    .className(xmlText(rule))
    .name(xmlText(`${evaluation.resource_id} (${evaluation.account_id} ${evaluation.region})`))
    .property('arn', xmlText(arn))
    .property('severity', severity);
  switch (status) {
    case 'PASS':
      return;
    case 'FAIL':
      test.failure(xmlText(message), severity).stacktrace(sectionText([message, evaluation.remediation]));
      return;
    case 'UNKNOWN':
      test.error(xmlText(message), 'UNKNOWN', sectionText([message, permissionLine(evaluation)]));
      return;
    case 'WAIVED':
      test.skipped().standardOutput(sectionText([message, waiver && waiverLine(waiver)]));
      return;
    case 'NOT_APPLICABLE':
      test.skipped().standardOutput(sectionText([message]));
  }
}

function permissionLine({ missing_permission: permission }: Evaluation): string | undefined {
  return permission === undefined ? undefined : `Grant ${permission} to settle it.`;
}

function waiverLine({ owner, reason, expires, ticket }: NonNullable<Evaluation['waiver']>): string {
  return `Waived until ${expires} by ${owner}: ${reason}${ticket === undefined ? '' : ` (${ticket})`}`;
}

/** Paragraphs for a CDATA section. The library takes apart the first `]]>` of a text alone, so none may be left. */
function sectionText(paragraphs: readonly (string | undefined)[]): string {
  const text = paragraphs.filter((paragraph) => paragraph !== undefined).join('\n\n');
  return xmlText(text).replaceAll(']]>', ']] >');
}

/**
 * Text without what XML 1.0 forbids, escapes included (https://www.w3.org/TR/xml/#charsets). The library removes most
 * of it too, but leaves every second of several lone surrogates, and takes a neighbour with the others.
 */
function xmlText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '');
}

/** JUnit's time stamps have neither fractions nor a zone; ours are UTC. */
function timestamp({ report_timestamp: asOf }: ScanHead): string {
  return asOf.slice(0, 19);
}
