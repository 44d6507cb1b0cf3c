/** What an account has in a region that may cost money for nothing, as it was read, and what is said of it. */
import type { GapReason } from '../../engine/model.ts';
import type { Saving } from '../saving.ts';

/** What is read, a call each. */
export type WasteKind = 'volumes' | 'addresses' | 'log-groups';

export interface Volume {
  /** `vol-0123456789abcdef0`. */
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  /** The zone that it lies in. */
  readonly zone: string;
  /** Its tag Name. */
  readonly name: string | null;
  /** `gp2`, `io1`. */
  readonly type: string;
  readonly sizeGib: number;
  /** Those that are provisioned; of gp2 what its size gives. Null where the type has none. */
  readonly iops: number | null;
  /** MiB/s, of gp3 alone. */
  readonly throughput: number | null;
  /** False for one that no instance has: its state is `available`. */
  readonly attached: boolean;
  readonly createdAt: Date;
}

/** An Elastic IP address of AWS's that nothing is associated with. */
export interface IdleAddress {
  /** `eipalloc-0123456789abcdef0`. */
  readonly id: string;
  readonly arn: string;
  readonly region: string;
  /** Where it is advertised from: the region, or a Local Zone. */
  readonly borderGroup: string;
  readonly name: string | null;
  readonly publicIp: string;
}

/** A log group whose events never expire. */
export interface LogGroup {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly createdAt: Date;
  readonly storedBytes: number;
  /** `STANDARD`, `INFREQUENT_ACCESS`. */
  readonly logClass: string;
  /** The account's retention policy that keeps its events for ever, where one does. */
  readonly accountPolicy: string | null;
}

/** What could not be read. */
export interface WasteGap {
  readonly kind: WasteKind;
  /** `DescribeVolumes`. */
  readonly operation: string;
  readonly permission?: string;
  readonly reason: GapReason;
  /** A sentence. */
  readonly message: string;
}

export const WASTES = ['unattached-volume', 'gp2-volume', 'idle-address', 'log-group-without-retention'] as const;
export type Waste = (typeof WASTES)[number];

/** One thing that costs money for nothing. */
export interface WasteFinding {
  readonly what: Waste;
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
  readonly arn: string;
  /** What it is: `100 GiB gp2, created 2025-03-01`. */
  readonly details: string;
  /** Of a log group: rows that save the same stand by it. */
  readonly storedBytes?: number;
  /** When it was made, where AWS says so. */
  readonly since: Date | null;
  /** What to do, a sentence. */
  readonly advice: string;
  /** How to do it, in one shell: each when the one before has succeeded. */
  readonly commands: readonly string[];
  /** Sentences. */
  readonly cautions: readonly string[];
  /** None is negative. */
  readonly saving: Saving;
}

/** Volumes that gp2 serves as cheaply as gp3 would at the same performance. */
export interface KeptVolumes {
  readonly ids: readonly string[];
  /** What they would save a month at what gp3 includes. */
  readonly amount: number;
}
