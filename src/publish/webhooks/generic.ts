/** Any other webhook: the alert as JSON, its findings as the scan document has them. */
import type { Evaluation } from '../../engine/evaluation.ts';
import { idempotencyKey } from './message.ts';
import type { AlertMessage, Payload } from './message.ts';
import type { GenericSettings } from './settings.ts';

/** The body's contract: keys are added, never renamed. */
const ALERT_SCHEMA = 'compliancectl.alert/1';

/** Bytes that the findings may take: many a gateway takes a megabyte, and the text is up to a quarter of one. */
const FINDINGS_SIZE = 500_000;

export function genericPayload(message: AlertMessage, { headers = {} }: GenericSettings): Payload {
  const { scanId, environment, severity, mode, subject, text, link, findings, total } = message;
  return {
    headers: { ...headers, 'Idempotency-Key': idempotencyKey(message) },
    body: {
      schema: ALERT_SCHEMA,
      scan_id: scanId,
      environment,
      severity,
      mode,
      subject,
      text,
      ...(link !== undefined && { link }),
      total,
      findings: firstOf(findings),
    },
  };
}

function firstOf(findings: readonly Evaluation[]): readonly Evaluation[] {
  let left = FINDINGS_SIZE;
  const end = findings.findIndex((finding) => {
    left -= Buffer.byteLength(JSON.stringify(finding)) + 1;
    return left < 0;
  });
  return end === -1 ? findings : findings.slice(0, end);
}
