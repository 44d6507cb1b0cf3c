/** What the discovery of one kind gathers on its way. */
import type { Call } from '../../aws/call.ts';
import type { Clients } from '../../aws/clients.ts';
import type { Failure } from '../../aws/errors.ts';
import type { Found, Kind, OptionalKind } from '../model.ts';
import type { DiscoveryGap, NearMiss } from '../plan.ts';
import type { Choice } from '../selection.ts';
import { requireFailure } from './read-fact.ts';

export interface DiscoveryContext {
  readonly clients: Clients;
  readonly accountId: string;
  readonly partition: string;
  readonly region: string;
  /** What is looked for besides. */
  readonly include: readonly OptionalKind[];
  /** Ends calls; what was not read for that is a gap, with the reason `interrupted`. */
  readonly signal: AbortSignal;
  readonly now: Date;
  /** Is told how far it has come: a line, without a full stop. */
  readonly onProgress?: (line: string) => void;
}

/** How many calls of one operation may be under way at once. */
export const CALLS_AT_ONCE = 8;

export class Findings<Resource extends Found> {
  readonly found: Resource[] = [];
  readonly nearMisses: NearMiss[] = [];
  readonly #kind: Kind;
  readonly #things: string;
  readonly #context: DiscoveryContext;
  readonly #gaps = new Map<string, DiscoveryGap>();
  #seen = 0;
  #taken = 0;

  /** @param things what people call the resources: `Aurora clusters` */
  constructor(kind: Kind, things: string, context: DiscoveryContext) {
    this.#kind = kind;
    this.#things = things;
    this.#context = context;
  }

  /** By what was not read. */
  get gaps(): DiscoveryGap[] {
    return [...this.#gaps.values()];
  }

  /** True for what belongs to the environment; what nearly does is kept in mind. */
  takes(choice: Choice, id: string): boolean {
    if (typeof choice === 'object') this.nearMisses.push({ kind: this.#kind, id, why: choice.near });
    return choice === 'selected';
  }

  /** Tells how many were seen, of them how many are of the environment. */
  progress(seen: number, taken: number): void {
    this.#seen += seen;
    this.#taken += taken;
    this.#context.onProgress?.(`${this.#seen} ${this.#things} seen, ${this.#taken} of the environment`);
  }

  /**
   * Does what takes a call, and records the gap where that gives nothing.
   *
   * @param unknown what is not known then: `Which Aurora clusters there are`
   * @param otherwise an error that says something else than that the call failed
   * @throws what did not come from a call: a defect of ours
   */
  async listing(
    call: Call,
    unknown: string,
    list: () => Promise<void>,
    otherwise: (error: unknown) => boolean = () => false,
  ): Promise<void> {
    try {
      await list();
    } catch (error) {
      if (otherwise(error)) return;
      this.gap(call, unknown, requireFailure(error, this.#context.signal));
    }
  }

  /** One for each call and reason, whatever the order in which they fail. */
  gap(call: Call, unknown: string, failure: Failure): void {
    const { operation, action } = call;
    const { reason } = failure;
    const message = `${unknown} is not known: ${whyNot(call, failure)}.`;
    const key = `${operation} ${reason}`;
    const before = this.#gaps.get(key);
    if (before !== undefined && before.message <= message) return;
    this.#gaps.set(key, {
      kind: this.#kind,
      operation,
      ...(reason === 'denied' && { permission: action }),
      reason,
      message,
    });
  }
}

/** Why a call gave nothing, as the end of a sentence without its full stop. */
export function whyNot({ action, operation }: Call, { reason, detail }: Failure): string {
  switch (reason) {
    case 'denied':
      return `${action} was denied (${detail})`;
    case 'throttled':
      return `${operation} was throttled to the end (${detail})`;
    case 'unreachable':
      return `${operation} could not be reached (${detail})`;
    case 'interrupted':
    case 'deadline':
      return `the run was ended before ${operation} was done`;
    case 'error':
      return `${operation} failed (${detail})`;
  }
}
