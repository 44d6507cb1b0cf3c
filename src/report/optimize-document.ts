/** The document of `optimize`: what `--json` prints, `--plan-out` writes, `--plan` reads. Its keys are a public contract. */

export interface OptimizeDocument {
  readonly schema: 'compliancectl.optimize/1';
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly mode: 'plan' | 'apply' | 'restore';
  readonly environment: string;
  readonly account_id: string;
  readonly region: string;
  /** What a plan was made for; null in a restore. */
  readonly choice: {
    readonly names: readonly string[] | null;
    readonly tags: Readonly<Record<string, string>> | null;
    readonly stacks: readonly string[] | null;
    readonly keep_backups: boolean;
    /** What is stopped besides: `rds`, `ec2`, `asg`. */
    readonly include: readonly ('rds' | 'ec2' | 'asg')[];
  } | null;
  /** Where the ledger is, and the entry: where one was opened, or put back. */
  readonly ledger: { readonly place: string; readonly entry_id: string | null } | null;
  readonly rows: readonly OptimizeRow[];
  readonly total: {
    /** What is changed saves a month, in US dollars, as far as prices are known. */
    readonly monthly_usd: number;
    /** Rows that would save something that is not known, and is not in it. */
    readonly unknown: number;
    /** Hours of a month. */
    readonly hours: number;
  };
  readonly near_misses: readonly { readonly kind: string; readonly resource_id: string; readonly why: string }[];
  readonly gaps: readonly {
    readonly kind: string;
    readonly api: string;
    readonly permission: string | null;
    readonly reason: string;
    readonly message: string;
  }[];
  /** True where something could not be read or changed. */
  readonly incomplete: boolean;
}

export interface OptimizeRow {
  /** `aurora`, `elasticache`, `ecs`, `rds`, `ec2`, `asg`. */
  readonly kind: string;
  readonly resource_type: string;
  readonly resource_id: string | null;
  /** What people call it, where its id says nothing. */
  readonly resource_name: string | null;
  readonly resource_arn: string | null;
  readonly state: 'change' | 'already' | 'skipped' | 'blocked' | 'missing';
  readonly reason: string | null;
  readonly changes: readonly OptimizeChange[];
  readonly cautions: readonly string[];
  readonly lost: readonly string[];
  /** Null where nothing is changed. */
  readonly saving: OptimizeSaving | null;
}

export interface OptimizeChange {
  /** `aurora-cluster`, `cache-replicas`, `ecs-minimum`, `ecs-tasks`, `db-cluster-running`, `db-instance-running`, `ec2-running`, `group-size`. */
  readonly step: string;
  readonly from: Readonly<Record<string, number>>;
  readonly to: Readonly<Record<string, number>>;
  /** Null in a plan. */
  readonly outcome: 'verified' | 'applied' | 'already' | 'restored' | 'gone' | 'failed' | 'not-attempted' | null;
  readonly message: string | null;
}

export interface OptimizeSaving {
  /** Null where it is not known. */
  readonly monthly_usd: number | null;
  readonly formula: string | null;
  /** Why it is not known. */
  readonly reason: string | null;
  readonly permission: string | null;
  readonly assumptions: readonly string[];
  readonly measured: { readonly monthly_usd: number; readonly formula: string } | null;
  readonly prices: readonly {
    readonly usd: number;
    readonly unit: string;
    readonly usage_type: string;
    readonly region: string;
    readonly source: string;
    readonly origin: string;
    readonly date: string;
  }[];
}
