/** What goes wrong because a test says so. */
import { ServiceException } from '@smithy/core/client';

export type Method = 'create' | 'read' | 'update' | 'delete';

/** Which calls are meant: those for one resource, by its logical name, or for every one of a type. */
export interface Matched {
  /** `create` if not given. */
  readonly method?: Method;
  /** `aws:s3/bucket:Bucket` */
  readonly type: string;
  readonly name?: string;
}

export interface Fault extends Matched {
  /** As AWS would put it: `AccessDenied: User ... is not authorized to perform: s3:CreateBucket`. */
  readonly error: string;
  /** So many calls, then no more; every one if not given. */
  readonly times?: number;
  /** After AWS did it all the same: the resource is there, and its creation is said to have failed. */
  readonly afterwards?: true;
}

/** Calls that do not go on. */
export interface Hold {
  /** Settles when a call has come that is held. */
  readonly reached: Promise<void>;
  /** Lets it go on, and whatever comes after it. */
  release(): void;
}

export interface HoldOptions extends Matched {
  /** Goes on hanging when the engine asks the provider to give up, as it does at the first SIGINT. */
  readonly deaf?: true;
}

export interface Call {
  readonly method: Method;
  readonly type: string;
  /** The logical one. */
  readonly name: string;
}

export interface Faults {
  readonly fail: (fault: Fault) => void;
  readonly hold: (options: HoldOptions) => Hold;
  /** Waits where the call is held; throws where it fails, or was given up while it waited. */
  before(call: Call): Promise<void>;
  /** Throws where the call fails though AWS did it. */
  after(call: Call): void;
  /** The engine wants every call to end. */
  readonly cancel: () => void;
  /** Lets everything go on. */
  release(): void;
}

interface Held {
  readonly options: HoldOptions;
  readonly reached: PromiseWithResolvers<void>;
  readonly released: PromiseWithResolvers<void>;
  readonly cancelled: PromiseWithResolvers<never>;
}

export function faultsOf(given: readonly Fault[]): Faults {
  const faults = given.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
  const holds: Held[] = [];

  function throwMatching(call: Call, afterwards: boolean): void {
    const found = faults.find(
      ({ fault, left }) => left > 0 && (fault.afterwards ?? false) === afterwards && matches(fault, call),
    );
    if (found === undefined) return;
    found.left -= 1;
    throw new Error(found.fault.error);
  }

  return {
    fail: (fault) => void faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }),
    hold: (options) => {
      const held = {
        options,
        reached: Promise.withResolvers<void>(),
        released: Promise.withResolvers<void>(),
        cancelled: Promise.withResolvers<never>(),
      };
      // Nobody need be waiting when the engine gives up.
      held.cancelled.promise.catch(() => undefined);
      holds.push(held);
      return { reached: held.reached.promise, release: () => held.released.resolve() };
    },
    before: async (call) => {
      throwMatching(call, false);
      for (const held of holds.filter(({ options }) => matches(options, call))) {
        held.reached.resolve();
        await Promise.race([held.released.promise, held.cancelled.promise]);
      }
    },
    after: (call) => throwMatching(call, true),
    cancel: () => {
      for (const held of holds.filter(({ options }) => options.deaf !== true)) {
        held.cancelled.reject(new Cancelled());
        holds.splice(holds.indexOf(held), 1);
      }
    },
    release: () => {
      for (const { released } of holds) released.resolve();
    },
  };
}

function matches({ method = 'create', type, name }: Matched, call: Call): boolean {
  return method === call.method && type === call.type && (name === undefined || name === call.name);
}

/** The words of the Go SDK. */
class Cancelled extends ServiceException {
  constructor() {
    super({ name: 'Canceled', message: 'context canceled', $fault: 'client', $metadata: {} });
  }
}
