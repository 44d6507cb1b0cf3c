/** What people are told by the topic: which messages there are, and sending each of them once. */
import type { Evaluation } from '../engine/evaluation.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import type { Severity } from '../engine/verdict.ts';
import type { Transition } from '../publish/history.ts';
import type { Receipts } from '../publish/receipts.ts';
import { publishMessage } from '../publish/topic.ts';
import { sendToWebhooks } from '../publish/webhooks.ts';
import type { WebhookSettings } from '../publish/webhooks/settings.ts';
import { renderAlert } from '../report/alert.ts';
import type { AlertMode, AlertScan } from '../report/alert.ts';
import type { FunctionConfiguration } from './configuration.ts';
import type { Invocation } from './invocation.ts';

/** One message that is to be sent, and the name of its receipt. */
export interface Alert {
  readonly name: string;
  readonly mode: AlertMode;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
  readonly findings: readonly Evaluation[];
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
  const rules = chosen.map(({ rule }) => rule);
  const alert = (mode: AlertMode, findings: readonly Evaluation[]): Alert[] => {
    const [first] = findings;
    const rendered = renderAlert(scan, findings, { mode, threshold, link, rules });
    if (first === undefined || rendered === undefined) return [];
    const { severity } = first;
    // Where the history failed everything is told: what turns out to be news in the next attempt has been told then.
    return [{ ...rendered, name: mode === 'digest' ? 'alert-digest' : `alert-${severity}`, mode, severity, findings }];
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

/**
 * Publishes each message on the topic that its severity is told on.
 *
 * @returns false where all of them had been sent before
 */
export async function sendAlerts(
  messages: readonly Alert[],
  { configuration, clients, log, signal }: Invocation,
  receipts: Receipts,
): Promise<boolean> {
  const { topicArn = '', criticalTopicArn = topicArn } = configuration.alerts;
  const sns = await clients.sns();
  const sent = messages.map(({ name, severity, subject, text }) =>
    once(receipts, name, async () => {
      const attributes = { severity, environment: configuration.environment };
      const target = severity === 'critical' ? criticalTopicArn : topicArn;
      await publishMessage(sns, target, { subject, text, attributes }, signal);
      log.info('SNS notification sent', { topicArn: target, severity, subject });
    }),
  );
  return anyOf(sent);
}

/** What a message is about, for the webhooks that pass it on. */
export interface AlertOrigin {
  readonly scanId: string;
  readonly link?: string | undefined;
}

/** What opens a ticket: a digest would open one every day for what has one. */
const TICKETS: ReadonlySet<string> = new Set(['jira', 'servicenow']);

/**
 * Posts each message to one webhook, where it wants messages of that severity.
 *
 * @returns false where all of them had been sent before
 * @throws Error with the webhook's name, where it took one of them not
 */
export async function postAlerts(
  messages: readonly Alert[],
  webhook: WebhookSettings,
  { scanId, link }: AlertOrigin,
  { configuration, clients, log, signal }: Invocation,
  receipts: Receipts,
): Promise<boolean> {
  const wanted = messages.filter(({ mode }) => mode !== 'digest' || !TICKETS.has(webhook.kind));
  const sent = wanted.map(({ name, ...message }) =>
    once(receipts, `${name}-to-${webhook.name}`, async () => {
      const { environment } = configuration;
      const total = message.findings.length;
      const about = { ...message, scanId, environment, total, ...(link !== undefined && { link }) };
      const access = { clients, clock: () => performance.now(), signal };
      for (const { outcome, attempts, reason } of await sendToWebhooks(about, [webhook], access)) {
        if (outcome === 'failed') throw new Error(reason);
        log.info('Webhook notified', { webhook: webhook.name, severity: message.severity, attempts });
      }
    }),
  );
  return anyOf(sent);
}

/** True where something was done, or there was nothing to do. */
async function anyOf(sent: readonly Promise<boolean>[]): Promise<boolean> {
  const outcomes = await Promise.all(sent);
  return outcomes.length === 0 || outcomes.includes(true);
}

/** Does what no earlier invocation has done, and remembers that it is done. */
export async function once(receipts: Receipts, name: string, work: () => Promise<void>): Promise<boolean> {
  if (receipts.has(name)) return false;
  await work();
  await receipts.write(name, {});
  return true;
}
