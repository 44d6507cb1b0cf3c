/** Sinks side by side: a failing one never stops the others, and shows. */
import { failureOf } from '../aws/errors.ts';
import type { Log } from './log.ts';

export interface Delivery {
  /** `results`, `history`, `metrics`, `alerts`, or `webhook` with its name. */
  readonly sink: string;
  /** `repeated` where an earlier invocation for the same event had made it. */
  readonly status: 'delivered' | 'repeated' | 'failed';
  /** Why it failed. */
  readonly reason?: string | undefined;
}

/** Made by the work of each sink: true where it delivered, false where an earlier invocation had. */
export type Work = () => Promise<boolean>;

/** Runs the work of one sink; its error is logged and becomes part of the result. */
export async function deliver(sink: string, work: Work, log: Log): Promise<Delivery> {
  try {
    return { sink, status: (await work()) ? 'delivered' : 'repeated' };
  } catch (error) {
    const reason = failureOf(error)?.detail ?? (error instanceof Error ? error.message : String(error));
    log.error(`The ${sink} could not be delivered`, { sink, reason, error });
    return { sink, status: 'failed', reason };
  }
}

/** Thrown in the end, so that Lambda counts the failure and tries again: what was delivered is not delivered twice. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly deliveries: readonly Delivery[];

  constructor(deliveries: readonly Delivery[]) {
    const failed = deliveries.filter(({ status }) => status === 'failed');
    const delivered = deliveries.filter(({ status }) => status !== 'failed');
    const rest = delivered.length === 0 ? '' : ` Delivered: ${delivered.map(({ sink }) => sink).join(', ')}.`;
    super(`${failed.map(({ sink, reason }) => `The ${sink} failed: ${reason}.`).join(' ')}${rest}`);
    this.deliveries = deliveries;
  }
}
