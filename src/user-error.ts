/** A sentence around something that was typed, which may be a secret: the JSON document must not repeat it. */
export interface Echo {
  readonly typed: string;
  readonly say: (typed: string) => string;
}

/** An error that the person at the keyboard can mend. Anything else that is thrown is a defect of ours. */
export class UserError extends Error {
  /** The message, with `…` for what was typed. */
  readonly echoFree: string;
  /** Stable: scripts may depend on it. */
  readonly code: string;
  /** What to do, each a sentence or a command; none repeats what was typed. */
  readonly suggestions: readonly string[];
  readonly exitCode: ExitCode;

  constructor(
    message: string | Echo,
    details: { code: string; suggestions?: readonly string[]; exitCode?: ExitCode; cause?: unknown },
  ) {
    super(
      typeof message === 'string' ? message : message.say(message.typed),
      'cause' in details ? { cause: details.cause } : undefined,
    );
    this.name = 'UserError';
    this.echoFree = typeof message === 'string' ? message : message.say('…');
    this.code = details.code;
    this.suggestions = details.suggestions ?? [];
    this.exitCode = details.exitCode ?? EXIT.usage;
  }
}

/** What the system says of a file that it does not give, without the path, which was typed. */
export function systemReason({ message }: Error): string {
  return message.replace(/, \w+(?: '.*)?$/s, '');
}

/** The exit codes of every command. 1 outranks 4. */
export const EXIT = {
  /** Done, and within limits. */
  ok: 0,
  /** The estate falls short of what was asked. */
  shortfall: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** The work could not be done: AWS refused or was unreachable, or a defect of ours. */
  failed: 3,
  /** Done in part: something could not be read or changed. */
  incomplete: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
