/** What deploying needs of Pulumi; `infra` gives it, and tests give another. */
import type { StackChange } from '../report/stack-changes.ts';
import type { Place, StackSpec } from '../stack/spec.ts';

export interface Runner {
  /** False where nothing was ever deployed under this name. */
  exists(): Promise<boolean>;
  /** What would be changed, changing nothing. */
  preview(): Promise<readonly StackChange[]>;
  /** Makes it so; gives what was changed. */
  up(): Promise<readonly StackChange[]>;
  /** Takes over into the state what was changed by hand. */
  refresh(): Promise<void>;
  /** Deletes everything, and the stack itself; gives what was deleted. */
  destroy(): Promise<readonly StackChange[]>;
  /** What the state says is there. */
  resources(): Promise<readonly StackResource[]>;
  /** Of the last deployment; empty where there was none. */
  outputs(): Promise<Readonly<Record<string, string>>>;
}

export interface StackResource {
  /** Pulumi's token: `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** What AWS knows it by: a bucket's name, a key's id. */
  readonly id: string;
}

/** What a runner is opened for. A stack is found by its name and place; what is in it, its state tells. */
export interface RunnerRequest {
  readonly environment: string;
  readonly place: Place;
  /** What it is to be; not needed to destroy it. */
  readonly spec?: StackSpec;
  readonly backend?: string | undefined;
  readonly secretsProvider?: string | undefined;
  readonly signal: AbortSignal;
  /** Told what is under way, a line at a time. */
  readonly onProgress: (line: string) => void;
}
