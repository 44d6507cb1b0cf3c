/** An alert as the webhooks are handed it, and what each kind makes of it. */
import type { Evaluation } from '../../engine/evaluation.ts';
import type { Severity } from '../../engine/verdict.ts';
import type { AlertMode } from '../../report/alert.ts';

export interface AlertMessage {
  readonly scanId: string;
  readonly environment: string;
  readonly severity: Severity;
  readonly mode: AlertMode;
  /** One line of ASCII. */
  readonly subject: string;
  /** Plain text, without control characters. */
  readonly text: string;
  /** Where the whole document lies, if anywhere. */
  readonly link?: string;
  /** What the message is about; some of it where there is very much. */
  readonly findings: readonly Evaluation[];
  /** How many findings there are in all. */
  readonly total: number;
}

/** What one kind of webhook is sent. */
export interface Payload {
  /** What follows the webhook's own address; none where that is the whole of it. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
  /** True where only 201 is success: a login page or a sleeping instance answers 200, and nothing was created. */
  readonly creates?: boolean;
}

/** The same for every attempt, and for the same message sent once more; fit for a header. */
export function idempotencyKey({ scanId, severity, mode }: AlertMessage): string {
  return `${scanId}/${severity}/${mode}`.replaceAll(/[^\x21-\x7E]/g, '-');
}
