/** Waivers: failures that someone answers for, for a reason and until a day. */
import type { Resource } from './model.ts';
import { carries } from './tag-selector.ts';
import { matchesWildcard } from './wildcard.ts';

/** A waiver as the configuration gives it: one rule, and one of `arn`, `tag` and `account`. */
export interface Waiver {
  readonly rule: string;
  /** An ARN, with `*` for any characters. */
  readonly arn?: string | undefined;
  /** `Key=Value`, or `Key` for any value. */
  readonly tag?: string | undefined;
  readonly account?: string | undefined;
  readonly owner: string;
  readonly reason: string;
  /** The last day it holds, in UTC: `2027-03-31`. */
  readonly expires: string;
  readonly ticket?: string | undefined;
}

/** The most days that a waiver may be granted for. */
export const MAX_WAIVER_DAYS = 365;

/** How a waiver fared in one scan, as the scan document tells it. */
export interface WaiverUse {
  readonly rule_id: string;
  /** `arn:...`, `tag:...` or `account:...`. */
  readonly scope: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
  readonly ticket?: string;
  /**
   * `expired` ones waive nothing any more; `unused` ones had their scope scanned and met no failure; `not_scanned` ones
   * had no part of their scope in this scan.
   */
  readonly state: 'active' | 'expired' | 'unused' | 'not_scanned';
  /** Failures in its scope, waived or, once it has expired, not. */
  readonly matched: number;
}

/** What an evaluation says of the waiver that covers it. */
export interface WaiverNote {
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
  readonly ticket?: string;
}

/** The waivers of one scan, and how often each was used. */
export class WaiverBook {
  readonly #asOf: string;
  readonly #entries: { readonly waiver: Waiver; matched: number }[];
  readonly #byRule: ReadonlyMap<string, { readonly waiver: Waiver; matched: number }[]>;

  /** @param asOf when the estate is judged: a waiver holds to the end of its last day, in UTC */
  constructor(waivers: readonly Waiver[], asOf: Date) {
    this.#asOf = asOf.toISOString().slice(0, 10);
    this.#entries = waivers.map((waiver) => ({ waiver, matched: 0 }));
    this.#byRule = Map.groupBy(this.#entries, ({ waiver }) => waiver.rule);
  }

  /** The waiver that covers a failure of `ruleId` on `resource`, if one does today. */
  cover(ruleId: string, resource: Resource): WaiverNote | undefined {
    let note: WaiverNote | undefined;
    for (const entry of this.#byRule.get(ruleId) ?? []) {
      if (!covers(entry.waiver, resource)) continue;
      entry.matched += 1;
      if (!this.#expired(entry.waiver)) note ??= noteOf(entry.waiver);
    }
    return note;
  }

  /** How every waiver fared, in the order of the configuration. */
  uses(scanned: { readonly rules: ReadonlySet<string>; readonly accounts: ReadonlySet<string> }): WaiverUse[] {
    return this.#entries.map(({ waiver, matched }) => ({
      rule_id: waiver.rule,
      scope: scopeOf(waiver),
      ...noteOf(waiver),
      state: this.#state(waiver, matched, scanned),
      matched,
    }));
  }

  #state(
    waiver: Waiver,
    matched: number,
    { rules, accounts }: { readonly rules: ReadonlySet<string>; readonly accounts: ReadonlySet<string> },
  ): WaiverUse['state'] {
    if (this.#expired(waiver)) return 'expired';
    if (matched > 0) return 'active';
    const account = waiver.account ?? accountOf(waiver.arn);
    const scanned = rules.has(waiver.rule) && (account === undefined || accounts.has(account));
    return scanned ? 'unused' : 'not_scanned';
  }

  #expired({ expires }: Waiver): boolean {
    return expires < this.#asOf;
  }
}

/** True where a waiver's scope holds the resource. What could not be read proves no waiver. */
function covers({ arn, tag, account }: Waiver, resource: Resource): boolean {
  if (arn !== undefined) return matchesWildcard(arn, resource.arn);
  if (account !== undefined) return account === resource.accountId;
  return tag !== undefined && resource.tags.known && carries(resource.tags.value, tag);
}

function noteOf({ owner, reason, expires, ticket }: Waiver): WaiverNote {
  return { owner, reason, expires, ...(ticket !== undefined && { ticket }) };
}

function scopeOf({ arn, tag, account }: Waiver): string {
  if (arn !== undefined) return arn;
  return tag === undefined ? `account:${account}` : `tag:${tag}`;
}

/** The account in an ARN pattern, where it names one: S3's ARNs, for one, have none. */
function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(':')[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}
