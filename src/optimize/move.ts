/** One step on its way down or back up: look, write down, change, wait, look again. */
import type { Call } from '../aws/call.ts';
import { awsErrorNamed, failureOf, reasonOf } from '../aws/errors.ts';
import { SNAPSHOT } from './calls.ts';
import { keyOf, numbersText, only, withNews } from './ledger-entry.ts';
import type { StepNews } from './ledger-entry.ts';
import { LEASE_RENEWAL } from './lease.ts';
import type { LedgerEntry, LedgerStepStatus } from './ledger.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import type { RunContext, StepEnd } from './run.ts';
import { higherOf, lowerOf, nameOf, sameNumbers } from './step.ts';
import type { Numbers, Reading, Step, StepKind, WaitContext } from './step.ts';

/** What the steps of one run have in common. */
export interface Moving {
  readonly context: RunContext;
  readonly writer: LedgerWriter;
  /** Milliseconds since 1970: when waiting ends. */
  readonly deadline: number;
}

/** What the ledger knows of a step, and since when. */
export interface Known {
  readonly status: LedgerStepStatus;
  readonly at: string;
}

/**
 * How often the longest pause must have passed before AWS is taken to show what it was told: two minutes of half a minute each. A
 * cluster of RDS says `available`, and its old numbers, for some moments after ModifyDBCluster: a run that was killed just then must
 * not be taken for one that changed nothing.
 */
const SETTLING = 4;

/** When waiting ends for what is begun now, in milliseconds since 1970. */
export function deadlineOf({ clock, timeoutSeconds }: RunContext): number {
  return clock().getTime() + timeoutSeconds * 1000;
}

/** Lowers a resource to what its step says, as far as it is not so already. */
export async function lower(step: Step, moving: Moving): Promise<StepEnd> {
  return new Move(step, moving, LOWER).make();
}

/**
 * Raises a resource to what it was before.
 *
 * @param step from what it was lowered to, to what it was before
 */
export async function raise(step: Step, known: Known, moving: Moving): Promise<StepEnd> {
  return new Move(step, moving, RAISE, known).make();
}

/** True where a step has nothing to do: no number that is there is higher than it is to be. */
export function isLow(live: Numbers, { to }: Pick<Step, 'to'>): boolean {
  const now = only(live, Object.keys(to));
  return sameNumbers(now, LOWER.aim(now, to));
}

/** What is there without any of the numbers is no longer what was scaled. */
export function goneText({ target, to }: Step, reading: Reading | undefined): string {
  const name = nameOf(target);
  return reading === undefined
    ? `${name} is not there any more.`
    : `${name} is there without ${Object.keys(to).join(', ')}: it is not what it was any more.`;
}

export function isEmpty(numbers: Numbers): boolean {
  return Object.keys(numbers).length === 0;
}

/** How often something is started that AWS stops again. */
const ATTEMPTS = 3;

interface Direction {
  /** What the numbers are to be, given what they are. */
  readonly aim: (live: Numbers, to: Numbers) => Numbers;
  /** What the ledger says before the call, and once AWS took it. */
  readonly begun: LedgerStepStatus;
  readonly taken: LedgerStepStatus;
  /** What it says once AWS shows it. */
  readonly outcome: 'verified' | 'restored';
  readonly doing: string;
  readonly done: string;
  /** The same of what runs or does not: in a word. */
  readonly switching: string;
  readonly switched: string;
  readonly doubt: string;
}

const LOWER: Direction = {
  aim: (live, to) => lowerOf(live, only(to, Object.keys(live))),
  begun: 'applying',
  taken: 'applied',
  outcome: 'verified',
  doing: 'Lowering',
  done: 'Lowered to',
  switching: 'Stopping',
  switched: 'Stopped',
  doubt: 'Whether it was changed is not known: restoring finds out.',
};

const RAISE: Direction = {
  aim: (live, to) => higherOf(live, only(to, Object.keys(live))),
  begun: 'restoring',
  taken: 'restoring',
  outcome: 'restored',
  doing: 'Raising',
  done: 'Put back to',
  switching: 'Starting',
  switched: 'Started again',
  doubt: 'Whether it was put back is not known: restoring again finds out.',
};

type Answer =
  | { readonly taken: true; readonly requestIds: readonly string[] }
  | {
      readonly taken: false;
      readonly reason: string;
      /** It may be taken later, or was taken and the answer lost. */
      readonly passing: boolean;
      /** AWS has said no: nothing was changed by it. */
      readonly heard: boolean;
    };

class Move {
  readonly #step: Step;
  readonly #moving: Moving;
  readonly #way: Direction;
  readonly #known: Known | undefined;
  readonly #kind: StepKind;
  #pauses = 0;
  /** How often AWS started it and stopped it again. */
  #relapses = 0;
  /** The snapshot that is to be there first is there. */
  #secured = false;
  #snapshot: string | undefined;
  #lastSaid = '';
  /** How far it came: nothing was called, a call was about to be made, AWS took it. */
  #reached: 'nothing' | 'begun' | 'taken' = 'nothing';
  /** Why it is not known what came of the last call, without a full stop. */
  #doubt: string | undefined;
  /** What came of it is known: AWS said no. */
  #heard = false;

  constructor(step: Step, moving: Moving, way: Direction, known?: Known) {
    this.#step = step;
    this.#moving = moving;
    this.#way = way;
    this.#known = known;
    this.#kind = moving.context.kinds[step.id];
  }

  async make(): Promise<StepEnd> {
    try {
      return await this.#approach();
    } catch (error) {
      const reason = this.#reasonOf(error, this.#kind.calls.read);
      if (this.#reached === 'nothing') return { outcome: 'failed', message: `Nothing was changed: ${reason}.` };
      if (this.#reached === 'taken') return this.#fail(`AWS took the change, and it cannot be read back: ${reason}.`);
      return this.#fail(`${this.#doubt ?? reason}. ${this.#way.doubt}`);
    }
  }

  /** Until a call was taken, or there is none to make. */
  async #approach(): Promise<StepEnd> {
    for (;;) {
      const reading = await this.#lookTwice();
      const from = only(reading?.numbers ?? {}, Object.keys(this.#step.to));
      if (reading === undefined || isEmpty(from)) return this.#gone(reading);
      const to = this.#way.aim(from, this.#step.to);
      const there = sameNumbers(from, to);

      // A call whose answer was lost has been heard after all.
      if (there && this.#doubt !== undefined) return this.#seeThrough(to, []);
      const obstacle = there ? this.#unsettled(reading) : (reading.busy ?? this.#early);
      if (there && obstacle === undefined) return this.#already(from);
      if (obstacle === undefined && this.#needsSnapshot) {
        const end = await this.#secure();
        if (end !== undefined) return end;
        continue;
      }
      if (obstacle === undefined) {
        const end = await this.#change(from, to);
        if (end !== undefined) return end;
      }
      if (this.#timeIsUp && there && this.#known?.status === 'restoring') return this.#restless(from, obstacle);
      if (this.#stopped || this.#timeIsUp) return this.#giveUp(obstacle, from, to);
      if (obstacle !== undefined) this.#say(`Waiting for ${nameOf(this.#step.target)}: it ${obstacle}.`);
      await this.#pause();
    }
  }

  get #needsSnapshot(): boolean {
    const { takeSnapshot, stop } = this.#moving.context;
    return (
      this.#way === LOWER &&
      this.#step.id === 'aurora-cluster' &&
      takeSnapshot !== undefined &&
      !this.#secured &&
      !stop.aborted
    );
  }

  /** Takes the snapshot that is to be there first. @returns nothing where it is there: taking it may have kept the cluster busy */
  async #secure(): Promise<StepEnd | undefined> {
    const { context, writer } = this.#moving;
    const { target } = this.#step;
    this.#say(`Taking a snapshot of ${target.id}.`);
    try {
      const id = await context.takeSnapshot?.(target, this.#waiting);
      this.#secured = true;
      if (id === undefined) return undefined;
      this.#snapshot = id;
      const snapshot = { resource_arn: target.arn, snapshot_id: id, at: context.clock().toISOString() };
      await writer.note((entry) => ({ ...entry, snapshots: [...entry.snapshots, snapshot] }));
      return undefined;
    } catch (error) {
      if (this.#stopped) return notAttempted('The run was ended before it was begun.');
      const passing = awsErrorNamed(error, ...this.#kind.transient) || mayPass(error);
      if (!passing || this.#timeIsUp)
        return { outcome: 'failed', message: `Nothing was changed: ${this.#reasonOf(error, SNAPSHOT)}.` };
      await this.#pause();
      return undefined;
    }
  }

  /** @returns nothing where it is worth another look */
  async #change(from: Numbers, to: Numbers): Promise<StepEnd | undefined> {
    if (this.#stopped) return notAttempted('The run was ended before it was begun.');
    const { context, writer } = this.#moving;
    const asked = context.clock().getTime();
    // Someone may have raised it since: what it was before is written down again each time.
    const news = { status: this.#way.begun, ...(this.#way === LOWER && { before: from }) };
    if (!(await writer.begin((entry) => this.#withNews(entry, news))))
      return notAttempted(`It was not begun, for the ledger could not be written. ${writer.failure}`);
    // A laptop that was closed just then: another run may have taken over, put everything back and closed the entry.
    if (context.clock().getTime() - asked >= LEASE_RENEWAL) return undefined;
    this.#reached = 'begun';
    this.#say(this.#doing(from, to));
    const answer = await this.#call(from, to);
    if (answer.taken) return this.#seeThrough(to, answer.requestIds);
    this.#doubt = answer.reason;
    this.#heard = answer.heard;
    return answer.passing ? undefined : this.#refused(from, to);
  }

  async #call(from: Numbers, to: Numbers): Promise<Answer> {
    try {
      const requestIds = await this.#kind.write(this.#step.target, { from, to }, this.#moving.context.step);
      return { taken: true, requestIds };
    } catch (error) {
      if (awsErrorNamed(error, ...this.#kind.done)) return { taken: true, requestIds: [] };
      const heard = awsErrorNamed(error, ...this.#kind.transient);
      return { taken: false, reason: this.#reasonOf(error, this.#calls), passing: heard || mayPass(error), heard };
    }
  }

  /** AWS has taken the call: waits until it shows what it was told. */
  async #seeThrough(to: Numbers, requestIds: readonly string[]): Promise<StepEnd> {
    const { context } = this.#moving;
    this.#reached = 'taken';
    await this.#note({ status: this.#way.taken, requestIds });
    if (context.noWait)
      return { outcome: 'applied', message: 'AWS took the change; what comes of it was not waited for.' };
    await this.#wait();
    const taken = context.clock().getTime();
    let risen = false;
    for (;;) {
      const reading = await this.#lookTwice();
      const now = only(reading?.numbers ?? {}, Object.keys(to));
      if (reading === undefined || isEmpty(now)) return this.#gone(reading);
      const there = sameNumbers(now, this.#way.aim(now, to));
      const unrest = reading.busy ?? reading.settling;
      if (there && unrest === undefined) return this.#seen(now, to);
      // It may come and go between two looks; at first AWS shows what was before.
      const over = risen || context.clock().getTime() - taken >= SETTLING * context.maxDelay * 1000;
      if (over && !there && unrest === undefined && this.#isSwitch && this.#way === RAISE)
        return this.#relapsed(reading);
      risen ||= there && this.#way === RAISE;
      if (this.#stopped)
        return { outcome: 'applied', message: 'AWS took the change; the run was ended before it was seen.' };
      if (this.#timeIsUp) return there ? this.#restless(now, unrest) : this.#unseen(now, reading);
      await this.#pause();
    }
  }

  /** It was starting, and is stopped again: for want of capacity, perhaps, which another attempt may find. */
  async #relapsed({ note }: Reading): Promise<StepEnd> {
    this.#relapses += 1;
    if (this.#relapses < ATTEMPTS && !this.#stopped && !this.#timeIsUp) {
      await this.#pause();
      return this.#approach();
    }
    const times = this.#relapses === 1 ? '' : ` ${this.#relapses} times`;
    const said = `It was started${times}, and AWS shows it stopped again.`;
    return this.#fail(note === undefined ? said : `${said} ${note}`);
  }

  /** It runs or does not: what is on its way there may yet come back. */
  get #isSwitch(): boolean {
    return 'running' in this.#step.to;
  }

  /** With the SDK's waiter. What it says is not enough, and where it fails the next look tells more. */
  async #wait(): Promise<void> {
    await this.#kind.wait?.(this.#step.target, this.#waiting).catch(() => undefined);
  }

  get #waiting(): WaitContext {
    const { context, deadline } = this.#moving;
    const signal = AbortSignal.any([context.step.signal, context.stop]);
    // It refuses to wait no time at all.
    const maxWaitTime = Math.max(1, Math.ceil((deadline - context.clock().getTime()) / 1000));
    const { minDelay, maxDelay } = context;
    return { ...context.step, signal, maxWaitTime, minDelay, maxDelay };
  }

  /** Why what it shows may not be all, where it is so already. */
  #unsettled({ busy }: Reading): string | undefined {
    const status = this.#known?.status;
    // What was verified on its way down, and is up again, someone else has raised: that is theirs to wait for.
    // Whether something will run that is only starting nobody knows yet, whoever has started it.
    const settled = status === 'planned' || (status === 'verified' && !this.#isSwitch);
    return status !== undefined && !settled && busy !== undefined ? busy : this.#early;
  }

  /**
   * Why it is too early to say how it is, or to raise it: a call that lowers it may not show yet, or not even have arrived, and would
   * be the last word then. Once raising was begun, that is over.
   */
  get #early(): string | undefined {
    if (this.#known === undefined) return undefined;
    const { status, at } = this.#known;
    if (status === 'planned' || status === 'restoring') return undefined;
    const { clock, maxDelay } = this.#moving.context;
    // A clock that is far ahead on the host that wrote it must not keep anyone waiting for it.
    const age = Math.abs(clock().getTime() - Date.parse(at));
    return age < SETTLING * maxDelay * 1000 ? 'was lowered just now, and may not show it yet' : undefined;
  }

  async #already(now: Numbers): Promise<StepEnd> {
    if (this.#way === LOWER) return { outcome: 'already', message: `It is so already: ${numbersText(now)}.` };
    const message = `It was so already: ${numbersText(now)}.`;
    await this.#note({ status: 'restored', message });
    return { outcome: 'restored', message };
  }

  async #seen(now: Numbers, to: Numbers): Promise<StepEnd> {
    const past = Object.keys(now).filter((name) => this.#way === LOWER && (now[name] ?? 0) < (to[name] ?? 0));
    if (past.length > 0) {
      const [meant, shown] = [to, now].map((numbers) => numbersText(only(numbers, past)));
      return this.#fail(`It was to be ${meant}, and shows ${shown}: something else lowers it too.`);
    }
    await this.#note({ status: this.#way.outcome });
    const secured = this.#snapshot === undefined ? '' : ` Snapshot ${this.#snapshot} was taken first.`;
    return { outcome: this.#way.outcome, message: `${this.#done(now)}, and read back.${secured}` };
  }

  #doing(from: Numbers, to: Numbers): string {
    const name = nameOf(this.#step.target);
    if (this.#isSwitch) return `${this.#way.switching} ${name}.`;
    return `${this.#way.doing} ${name}: ${numbersText(from)} to ${numbersText(to)}.`;
  }

  #done(now: Numbers): string {
    return this.#isSwitch ? this.#way.switched : `${this.#way.done} ${numbersText(now)}`;
  }

  /** The numbers are there, and the resource has not come to rest within the time. */
  async #restless(now: Numbers, unrest: string | undefined): Promise<StepEnd> {
    const message = `${this.#done(now)}, and after ${this.#patience} it ${unrest}.`;
    if (this.#way === RAISE && this.#isSwitch) return this.#fail(message);
    // What is to be brought back is back: nothing is left for restoring to do.
    await this.#note({ status: this.#way === RAISE ? 'restored' : 'applied', message });
    return { outcome: 'failed', message };
  }

  async #unseen(now: Numbers, { note }: Reading): Promise<StepEnd> {
    const shown = `AWS took the change, and after ${this.#patience} it shows ${numbersText(now)}.`;
    return this.#fail(note === undefined ? shown : `${shown} ${note}`);
  }

  /** AWS said no, and will again. Part of a change that takes several calls may have been made. */
  async #refused(from: Numbers, to: Numbers): Promise<StepEnd> {
    const now = await this.#kind.read(this.#step.target, this.#moving.context.step).then(
      (reading) => reading && only(reading.numbers, Object.keys(to)),
      () => undefined,
    );
    if (now === undefined) return this.#fail(`${this.#doubt}. ${this.#way.doubt}`);
    if (sameNumbers(now, this.#way.aim(now, to))) return this.#seeThrough(to, []);
    const shown = sameNumbers(now, from) ? 'It still shows' : 'It shows';
    return this.#fail(`${this.#doubt}. ${shown} ${numbersText(now)}.`);
  }

  async #giveUp(obstacle: string | undefined, from: Numbers, to: Numbers): Promise<StepEnd> {
    if (this.#heard && !this.#stopped) return this.#refused(from, to);
    if (this.#doubt !== undefined) return this.#fail(`${this.#doubt}. ${this.#way.doubt}`);
    if (this.#stopped) return notAttempted('The run was ended before it was begun.');
    return {
      outcome: 'failed',
      message: `Nothing was changed: after ${this.#patience} it ${obstacle ?? 'could not be begun'}.`,
    };
  }

  async #gone(reading: Reading | undefined): Promise<StepEnd> {
    const message = goneText(this.#step, reading);
    // On the way down the ledger keeps what it knows: restoring finds out by itself.
    if (this.#way === RAISE) await this.#note({ status: 'gone', message });
    return { outcome: 'gone', message };
  }

  /** A call was made. On the way up the ledger still says that it is being put back. */
  async #fail(message: string): Promise<StepEnd> {
    await this.#note({ ...(this.#way === LOWER && { status: 'failed' as const }), message });
    return { outcome: 'failed', message };
  }

  /** What is not there is looked for twice: AWS may not have heard of it everywhere. */
  async #lookTwice(): Promise<Reading | undefined> {
    const reading = await this.#look();
    if (reading !== undefined || this.#stopped) return reading;
    await this.#pause();
    return this.#look();
  }

  /** @throws what the call throws, at once where it will not pass, else when the time is up */
  async #look(): Promise<Reading | undefined> {
    for (;;) {
      try {
        return await this.#kind.read(this.#step.target, this.#moving.context.step);
      } catch (error) {
        if (!mayPass(error) || this.#stopped || this.#timeIsUp) throw error;
      }
      await this.#pause();
    }
  }

  get #calls() {
    return this.#way === LOWER ? this.#kind.calls.lower : this.#kind.calls.raise;
  }

  get #stopped(): boolean {
    return this.#moving.context.stop.aborted;
  }

  get #timeIsUp(): boolean {
    return this.#moving.context.clock().getTime() >= this.#moving.deadline;
  }

  /** `30 minutes`. */
  get #patience(): string {
    const { timeoutSeconds } = this.#moving.context;
    const minutes = Math.round(timeoutSeconds / 60);
    return minutes < 1 ? `${timeoutSeconds} s` : `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  }

  /** Longer each time, and not past the end. */
  async #pause(): Promise<void> {
    const { context, deadline } = this.#moving;
    const seconds = Math.min(context.minDelay * 2 ** this.#pauses, context.maxDelay);
    this.#pauses += 1;
    const left = Math.max(0, deadline - context.clock().getTime());
    await context.pause(Math.min(seconds * 1000, left), context.stop);
  }

  #say(text: string): void {
    // Waiting goes on for long: once is enough.
    if (text !== this.#lastSaid) this.#moving.context.onProgress(text);
    this.#lastSaid = text;
  }

  async #note(news: StepNews): Promise<void> {
    await this.#moving.writer.note((entry) => this.#withNews(entry, news));
  }

  #withNews(entry: LedgerEntry, news: StepNews): LedgerEntry {
    return withNews(entry, keyOf(this.#step), news, this.#moving.context.clock());
  }

  #reasonOf(error: unknown, calls: readonly Call[]): string {
    const reason = reasonOf(error);
    if (failureOf(error)?.reason !== 'denied') return reason;
    const actions = new Set(calls.map(({ action }) => action));
    return `${reason} (it takes ${[...actions].join(', ')})`;
  }
}

function notAttempted(message: string): StepEnd {
  return { outcome: 'not-attempted', message };
}

/** True where the same call may be answered otherwise in a moment. */
function mayPass(error: unknown): boolean {
  const reason = failureOf(error)?.reason;
  if (reason === 'throttled' || reason === 'unreachable') return true;
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return ($metadata?.httpStatusCode ?? 0) >= 500;
}
