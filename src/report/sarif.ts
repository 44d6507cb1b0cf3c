/**
 * SARIF 2.1.0, as GitHub code scanning takes it.
 *
 * GitHub makes an open alert of every result: it looks neither at `kind` nor at `suppressions`
 * (https://github.com/microsoft/PSRule/issues/955, https://github.com/github/codeql-action/issues/1230), and shows the
 * severity of the rule. So a result is what fails, or is waived; what is UNKNOWN would look like a failure and is a
 * notification instead, next to the gaps. A waived failure carries its suppression, for the tools that honour it.
 */
import type {
  Invocation,
  Location,
  Log,
  Notification,
  ReportingDescriptor,
  Result,
  Run,
  Suppression,
  ToolComponent,
} from 'sarif';

import type { Evaluation, Gap } from '../engine/evaluation.ts';
import type { AnyRule } from '../engine/rule.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import type { Severity } from '../engine/verdict.ts';
import type { WaiverNote } from '../engine/waivers.ts';
import type { RenderContext } from './formats.ts';
import { plainLine } from './plain-text.ts';
import { worstFirst } from './worst-first.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** GitHub refuses a run with more: https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit */
const RESULT_LIMIT = 25_000;
const RULE_LIMIT = 25_000;
/** GitHub cuts descriptions of rules at this length. */
const DESCRIPTION_LIMIT = 1024;
/** Ours: notifications have no limit of GitHub's, but a file has one of 10 MB, gzipped. */
const UNKNOWN_LIMIT = 1000;

/**
 * GitHub's bands: critical from 9, high from 7, medium from 4, low above 0. Without a number, which `info` has none of,
 * a rule is not taken for one of security.
 */
const SECURITY_SEVERITY: Readonly<Record<Severity, string | undefined>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  info: undefined,
};

const BASELINE_STATE = { new: 'new', worse: 'updated', unchanged: 'unchanged' } as const;

export function* renderSarif(scan: Scan, context: RenderContext): Generator<string> {
  const findings = worstFirst(scan.evaluations);
  const failures = findings.filter(({ status }) => status !== 'UNKNOWN');
  const unknown = findings.filter(({ status }) => status === 'UNKNOWN');
  const rules = context.rules.slice(0, RULE_LIMIT);
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const left = [
    ...leftOut(context.rules.length - rules.length, 'rules', RULE_LIMIT),
    ...leftOut(failures.length - RESULT_LIMIT, 'less severe results', RESULT_LIMIT),
    ...leftOut(unknown.length - UNKNOWN_LIMIT, 'UNKNOWN verdicts', UNKNOWN_LIMIT),
  ];
  const notifications = [
    ...left,
    ...scan.head.gaps.map(gapNotification),
    ...unknown.slice(0, UNKNOWN_LIMIT).map((evaluation) => unknownNotification(evaluation, ruleIndex)),
  ];
  const start = JSON.stringify(logOf(runOf(scan.head, notifications, driver(rules, context))), undefined, 2);
  // The results come last, one a line, so that they need not be one string: the closing brackets make room for them.
  yield `${start.slice(0, -END.length)},\n      "results": [`;
  let separator = '\n        ';
  for (const failure of failures.slice(0, RESULT_LIMIT)) {
    yield separator + JSON.stringify(resultOf(failure, ruleIndex));
    separator = ',\n        ';
  }
  yield failures.length === 0 ? `]${END}\n` : `\n      ]${END}\n`;
}

/** How the log ends after its only run's last property. */
const END = '\n    }\n  ]\n}';

function logOf(run: Run): Log {
  return { $schema: SCHEMA, version: '2.1.0', runs: [run] };
}

function runOf(head: ScanHead, notifications: Notification[], tool: ToolComponent): Run {
  const invocation: Invocation = {
    executionSuccessful: head.complete,
    toolExecutionNotifications: notifications,
  };
  return {
    tool: { driver: tool },
    // Without one a scan of another environment would close this one's alerts.
    automationDetails: { id: `compliancectl/${plain(head.environment)}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [invocation],
    properties: {
      scan_id: head.scan_id,
      report_timestamp: head.report_timestamp,
      environment: head.environment,
      summary: head.summary,
    },
  };
}

function driver(rules: readonly AnyRule[], { toolVersion }: RenderContext): ToolComponent {
  return { name: 'compliancectl', version: toolVersion, rules: rules.map(descriptorOf) };
}

function descriptorOf({ id, title, rationale, remedy, severity, category }: AnyRule): ReportingDescriptor {
  const securitySeverity = SECURITY_SEVERITY[severity];
  return {
    id,
    shortDescription: { text: message(title).slice(0, DESCRIPTION_LIMIT) },
    fullDescription: { text: message(rationale).slice(0, DESCRIPTION_LIMIT) },
    help: { text: message(remedy) },
    defaultConfiguration: { level: levelOf(severity) },
    properties: {
      tags: [category],
      precision: 'very-high',
      ...(securitySeverity !== undefined && { 'security-severity': securitySeverity }),
    },
  };
}

function resultOf(evaluation: Evaluation, ruleIndex: ReadonlyMap<string, number>): Result {
  const { fingerprint, severity, change, waiver, facts } = evaluation;
  return {
    ...ruleOf(evaluation, ruleIndex),
    level: levelOf(severity),
    message: { text: message(evaluation.message) },
    locations: [locationOf(evaluation)],
    // GitHub goes by primaryLocationLineHash alone; without it the upload looks for a file to hash.
    partialFingerprints: { 'compliancectl/v1': fingerprint, primaryLocationLineHash: `${fingerprint}:1` },
    ...(change !== undefined && { baselineState: BASELINE_STATE[change] }),
    ...(waiver !== undefined && { suppressions: [suppressionOf(waiver)] }),
    properties: {
      severity,
      account_id: evaluation.account_id,
      region: evaluation.region,
      resource_type: evaluation.resource_type,
      ...(facts !== undefined && { facts: facts.map(({ key }) => plain(key)) }),
    },
  };
}

function ruleOf(
  { rule_id: id }: Evaluation,
  ruleIndex: ReadonlyMap<string, number>,
): { ruleId: string; ruleIndex?: number } {
  const index = ruleIndex.get(id);
  return { ruleId: id, ...(index !== undefined && { ruleIndex: index }) };
}

function suppressionOf({ owner, reason, expires, ticket }: WaiverNote): Suppression {
  const by = `Waived by ${owner} until ${expires}`;
  return {
    kind: 'external',
    status: 'accepted',
    justification: plain(`${reason} (${by}${ticket === undefined ? '' : `, ${ticket}`})`),
    properties: { owner: plain(owner), expires, ...(ticket !== undefined && { ticket: plain(ticket) }) },
  };
}

function gapNotification({
  account_id: account,
  region,
  api,
  permission,
  reason,
  message: why,
  calls,
}: Gap): Notification {
  return {
    level: 'warning',
    descriptor: { id: `gap/${reason}` },
    message: { text: message(`${account} ${region}: ${why}`) },
    properties: { api, calls, ...(permission !== undefined && { permission }) },
  };
}

function unknownNotification(evaluation: Evaluation, ruleIndex: ReadonlyMap<string, number>): Notification {
  const { ruleId: id, ruleIndex: index } = ruleOf(evaluation, ruleIndex);
  const { missing_permission: permission } = evaluation;
  return {
    level: 'warning',
    descriptor: { id: 'unknown' },
    associatedRule: { id, ...(index !== undefined && { index }) },
    message: { text: message(evaluation.message) },
    locations: [locationOf(evaluation)],
    ...(permission !== undefined && { properties: { missing_permission: permission } }),
  };
}

function leftOut(count: number, what: string, limit: number): Notification[] {
  if (count <= 0) return [];
  const text = `Left out: ${count} ${what}. A run holds ${limit} at most.`;
  return [{ level: 'warning', descriptor: { id: 'left-out' }, message: { text } }];
}

/**
 * GitHub wants a place in a file, and a resource has none: its ARN stands in as a path. The whole first line is the
 * place, since all four numbers are asked for.
 */
function locationOf({ resource_arn: arn, resource_type: type }: Evaluation): Location {
  return {
    physicalLocation: {
      artifactLocation: { uri: pathOf(arn) },
      region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
    },
    logicalLocations: [{ fullyQualifiedName: plain(arn), kind: type }],
  };
}

/**
 * An ARN as a relative path that is safe in a URI: `arn:aws:s3:::reports` is `arn/aws/s3/-/-/reports`. With its colons
 * GitHub would take `arn` for a scheme and refuse the file; blank and dotted parts would mean another path.
 */
function pathOf(arn: string): string {
  return plain(arn)
    .split(/[:/]/)
    .map((part) => (/^\.{0,2}$/.test(part) ? '-' : encodeURIComponent(part)))
    .join('/');
}

function levelOf(severity: Severity): Result.level {
  switch (severity) {
    case 'critical':
    case 'high':
      return 'error';
    case 'medium':
      return 'warning';
    case 'low':
    case 'info':
      return 'note';
  }
}

/**
 * Text of a message, in which SARIF knows links as `[text](address)` (section 3.11.6): a backslash before the bracket
 * keeps a stranger's text from being one.
 */
function message(text: string): string {
  return plain(text).replaceAll('](', String.raw`\](`);
}

/** One line that any reader of JSON takes: some refuse a lone half of a surrogate pair. */
function plain(text: string): string {
  return plainLine(text).toWellFormed();
}
