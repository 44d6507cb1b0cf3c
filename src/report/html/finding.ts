/** A finding as the page knows it: text that may be shown, and nothing else. The page's script reads this module too. */
export interface Finding {
  readonly severity: string;
  readonly status: string;
  readonly category: string;
  readonly rule: string;
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly message: string;
  readonly change: string;
  readonly remedy: string;
  readonly permission: string;
  /** The resource's tag `Owner`; empty where it has none, or nobody read it. */
  readonly owner: string;
  readonly facts: readonly string[];
  /** Facts that are not among those. */
  readonly moreFacts: number;
  readonly waiver: readonly WaiverLine[];
}

type WaiverLine = readonly [name: string, value: string];

/** The fields that few values share, and that a page can therefore be filtered by, or name once for all. */
export const SHARED_FIELDS = [
  'severity',
  'status',
  'category',
  'rule',
  'type',
  'account',
  'region',
  'change',
  'remedy',
  'permission',
  'owner',
] as const satisfies readonly (keyof Finding)[];
