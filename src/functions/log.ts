/** What a function writes to its log: one JSON line an event. */

/** Fields beside the message; no tag values below `debug`. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** An `error` among the fields is written with its name, message and stack. */
  error(message: string, fields?: LogFields): void;
}
