/** Which resources belong to the environment: by name, by tag or by CloudFormation stack. */
import { notCollected } from '../engine/model.ts';
import type { Fact, Tags } from '../engine/model.ts';
import { matchesWildcard } from '../engine/wildcard.ts';
import { DEFAULT_NAMES } from './settings.ts';

export interface Candidate {
  /** The id first; for an ECS service its own name and its cluster's. */
  readonly names: readonly string[];
  /** Not there where they need not be read. */
  readonly tags?: Fact<Tags>;
}

export type Choice =
  | 'selected'
  | 'other'
  /** Tags would decide, and could not be read. */
  | 'unknown'
  | {
      /** Nearly selected: `the suffix dev is followed by 2`. */
      readonly near: string;
    };

export interface Selection {
  /** Tags decide: candidates need them. */
  readonly byTags: boolean;
  choose(candidate: Candidate): Choice;
}

export interface SelectionCriteria {
  /** The suffix that names carry: `dev`, `synth-a5u1v0s6`. */
  readonly environment: string;
  /** What names begin with before the suffix; `DEFAULT_NAMES` where neither these nor tags nor stacks are given. */
  readonly names?: readonly string[] | undefined;
  /** Every one of them must be carried, with that very value. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly stacks?: readonly string[] | undefined;
  /** Ids, an ECS service's own name or its cluster's; `*` stands for any characters, and case does not matter. */
  readonly exclude?: readonly string[] | undefined;
}

/** The tag that CloudFormation puts on what it makes. */
export const STACK_TAG = 'aws:cloudformation:stack-name';

const SEPARATOR = '[-_.]';

/**
 * Given tags or stacks decide in place of names, and together with names where those are given too. What is excluded is
 * nobody's near miss.
 */
export function selectionOf({ environment, names, tags, stacks, exclude }: SelectionCriteria): Selection {
  const wanted = Object.entries(tags ?? {});
  const byTags = wanted.length > 0 || isGiven(stacks);
  const patterns = (isGiven(names) ? names : byTags ? [] : DEFAULT_NAMES).map((name) => patternOf(name, environment));
  const excluded = (exclude ?? []).map((pattern) => pattern.toLowerCase());

  const carries = (own: Tags): boolean =>
    wanted.every(([key, value]) => own[key] === value) && (!isGiven(stacks) || stacks.includes(own[STACK_TAG] ?? ''));

  return {
    byTags,
    choose: (candidate) => {
      if (candidate.names.some((name) => excluded.some((one) => matchesWildcard(one, name.toLowerCase())))) {
        return 'other';
      }
      const named = patterns.length === 0 ? 'selected' : chooseByName(candidate.names, patterns);
      if (!byTags || named === 'other') return named;
      const { tags: own = notCollected } = candidate;
      if (!own.known) return named === 'selected' ? 'unknown' : named;
      return carries(own.value) ? named : 'other';
    },
  };
}

function isGiven(list: readonly string[] | undefined): list is readonly string[] {
  return list !== undefined && list.length > 0;
}

interface NamePattern {
  readonly whole: RegExp;
  /** Why a name is none of the environment's; `undefined` where it is of something else altogether. */
  readonly miss: (name: string) => string | undefined;
}

/**
 * `TapStackdev`, `tapstack-dev-db`, `my.TapStack-web-dev`: the name begins at a separator, the suffix follows it directly or
 * begins at one, and ends at one.
 */
function patternOf(name: string, suffix: string): NamePattern {
  const [start, end] = [`(?:^|${SEPARATOR})${literal(name)}`, literal(suffix)];
  const whole = new RegExp(`${start}(?:${SEPARATOR}(?:.*${SEPARATOR})?)?${end}(?:${SEPARATOR}|$)`, 'i');
  const beginning = new RegExp(start, 'i');
  const continued = new RegExp(`^(?:.*?${SEPARATOR})?${end}(?<more>[^-_.]+)`, 'i');
  const attached = /^[^-_.]+/;
  return {
    whole,
    miss: (text) => {
      const found = beginning.exec(text);
      if (found === null) return undefined;
      const rest = text.slice(found.index + found[0].length);
      const more = continued.exec(rest)?.groups?.['more'];
      if (more !== undefined) return `the suffix ${suffix} is followed by ${more}`;
      const other = attached.exec(rest);
      if (other !== null) return `the suffix is ${other[0]}, not ${suffix}`;
      return `the suffix ${suffix} does not follow ${name}`;
    },
  };
}

function chooseByName(names: readonly string[], patterns: readonly NamePattern[]): Choice {
  // The id of an ECS service is its cluster's name and its own: the two are never read as one name.
  const parts = names.flatMap((name) => name.split('/'));
  if (patterns.some(({ whole }) => parts.some((part) => whole.test(part)))) return 'selected';
  for (const { miss } of patterns) {
    for (const part of parts) {
      const near = miss(part);
      if (near !== undefined) return { near };
    }
  }
  return 'other';
}

/** The text of a regular expression, with any flags, that stands for this text and nothing else. */
export function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
