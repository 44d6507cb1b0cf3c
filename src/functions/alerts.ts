/** What people are told by the topic: which messages there are, and sending each of them once. */
import type { Evaluation } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { Transition } from '../publish/history.ts';
import type { Receipts } from '../publish/receipts.ts';
import { publishMessage } from '../publish/topic.ts';
import { renderAlert } from '../report/alert.ts';
import type { AlertMode, AlertScan } from '../report/alert.ts';
import type { FunctionConfiguration } from './configuration.ts';
import type { Invocation } from './invocation.ts';

/** One message that is to be sent, and the name of its receipt. */
export interface Alert {
  readonly name: string;
  readonly topicArn: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
}

export interface Alerts {
  /** One a severity. */
  readonly messages: readonly Alert[];
  /** Where changes alone are told: one with all that stays. */
  readonly staying?: Alert;
}

export interface AlertMatter {
  readonly scan: AlertScan;
  readonly evaluations: readonly Evaluation[];
  /** What changed since the history last heard; `undefined` where it cannot tell: then everything may be news. */
  readonly transitions: readonly Transition[] | undefined;
  /** Where the scan document lies. */
  readonly link?: string | undefined;
}

/** Everything that fails, each time; or what is new or worse, and apart from it what stays. */
export function alertsFor(
  { scan, evaluations, transitions, link }: AlertMatter,
  configuration: FunctionConfiguration,
): Alerts {
  const { threshold, alerts, rules: chosen } = configuration;
  const { topicArn = '', criticalTopicArn = topicArn } = alerts;
  const rules = chosen.map(({ rule }) => rule);
  const alert = (mode: AlertMode, findings: readonly Evaluation[]): Alert[] => {
    const [first] = findings;
    const rendered = renderAlert(scan, findings, { mode, threshold, link, rules });
    if (first === undefined || rendered === undefined) return [];
    const { severity } = first;
    const target = severity === 'critical' ? criticalTopicArn : topicArn;
    // Where the history failed everything is told: what turns out to be news in the next attempt has been told then.
    return [
      { ...rendered, name: mode === 'digest' ? 'alert-digest' : `alert-${severity}`, severity, topicArn: target },
    ];
  };
  const bySeverity = (mode: AlertMode, findings: readonly Evaluation[]): Alert[] =>
    SEVERITIES.flatMap((severity) => {
      const some = findings.filter((finding) => finding.severity === severity);
      return alert(mode, some);
    });

  const failures = evaluations.filter(({ status }) => status === 'FAIL');
  if (alerts.mode === 'every' || transitions === undefined) return { messages: bySeverity('every', failures) };
  const changes = new Map(transitions.map(({ evaluation, change }) => [evaluation.fingerprint, change]));
  const news = failures.flatMap((failure) => {
    const change = changes.get(failure.fingerprint);
    return change === undefined ? [] : [{ ...failure, change }];
  });
  const rest = failures
    .filter(({ fingerprint }) => changes.get(fingerprint) === undefined)
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const [staying] = alert('digest', rest);
  return { messages: bySeverity('changes', news), ...(staying !== undefined && { staying }) };
}

/** @returns false where all of them had been sent before */
export async function sendAlerts(
  messages: readonly Alert[],
  { configuration, clients, log, signal }: Invocation,
  receipts: Receipts,
): Promise<boolean> {
  const sns = await clients.sns();
  const sent = await Promise.all(
    messages.map(({ name, topicArn, severity, subject, text }) =>
      once(receipts, name, async () => {
        const attributes = { severity, environment: configuration.environment };
        await publishMessage(sns, topicArn, { subject, text, attributes }, signal);
        log.info('SNS notification sent', { topicArn, severity, subject });
      }),
    ),
  );
  return messages.length === 0 || sent.includes(true);
}

/** Does what no earlier invocation has done, and remembers that it is done. */
export async function once(receipts: Receipts, name: string, work: () => Promise<void>): Promise<boolean> {
  if (receipts.has(name)) return false;
  await work();
  await receipts.write(name, {});
  return true;
}
