/**
 * What looks like production is never scaled down, whoever agrees to it: names, tags, the account's alias and the environment are
 * read word by word. A word that merely holds another, as product holds prod, says nothing.
 */
import type { Fact } from '../engine/model.ts';
import { UserError } from '../user-error.ts';
import type { Found } from './model.ts';
import { literal, STACK_TAG } from './selection.ts';
import { DEFAULT_NAMES } from './settings.ts';
import type { OptimizeSettings } from './settings.ts';

/** What the guard goes by. */
export type GuardSettings = Pick<OptimizeSettings, 'accounts' | 'production' | 'select'>;

export interface GuardedRun {
  readonly environment: string;
  readonly account: { readonly id: string; readonly alias: Fact<string | null> };
  /** All that was selected, whether it would be changed or not. */
  readonly found: readonly Found[];
  readonly settings: GuardSettings;
}

const WORDS = ['prod', 'production', 'prd', 'live'];

/** A word after one of these says the contrary: `non-prod`, `pre_live`. */
const NEGATIONS = new Set(['non', 'pre', 'not']);

/** Tags that people tell their environments by; case does not matter. */
const TAG_KEYS = new Set(['environment', 'env', 'stage', 'tier']);

/** Why the run must not go on, each a sentence; none where nothing looks like production. */
export function productionSigns({ environment, account, found, settings }: GuardedRun): string[] {
  const { id, alias } = account;
  const isProduction = judgeOf(settings);
  const signs: string[] = [];
  if (isProduction(environment)) signs.push(environmentSign(environment));
  if (settings.accounts !== undefined && !settings.accounts.includes(id)) {
    signs.push(`Account ${id} is not among those that may be changed (optimize.accounts).`);
  }
  if (alias.known && alias.value !== null && isProduction(alias.value)) {
    signs.push(`Account ${id} has the alias ${alias.value}, which looks like production.`);
  }
  for (const resource of found) signs.push(...signsOf(resource, isProduction));
  return signs;
}

/**
 * The same for the environment alone, before anything is asked of AWS.
 *
 * @throws UserError `PRODUCTION`
 */
export function refuseEnvironment(environment: string, settings: GuardSettings): void {
  if (!judgeOf(settings)(environment)) return;
  throw new UserError(
    { typed: environment, say: environmentSign },
    { code: 'PRODUCTION', suggestions: ['Name a development environment with --environment'] },
  );
}

function environmentSign(environment: string): string {
  return `The environment ${environment} looks like production, which is never scaled down.`;
}

function signsOf({ id, name, tags }: Found, isProduction: (text: string) => boolean): string[] {
  const byName = [id, name ?? ''].some(isProduction) ? [`The name of ${name ?? id} looks like production.`] : [];
  if (!tags.known) return byName;
  const byTag = Object.entries(tags.value)
    .filter(([key, value]) => (TAG_KEYS.has(key.toLowerCase()) || key === STACK_TAG) && isProduction(value))
    .map(([key, value]) => `${id} has the tag ${key}=${value}, which looks like production.`);
  return [...byName, ...byTag];
}

function judgeOf({ production = [], select }: GuardSettings): (text: string) => boolean {
  const phrases = [...WORDS, ...production].map((word) => tokensOf(word, RUNS)).filter(isSaid);
  // RDS writes every name in small letters: `tapstackprod` is TapStack and prod.
  const names = new RegExp((select.names ?? DEFAULT_NAMES).map(literal).join('|'), 'giu');
  return (text) =>
    [text, text.replace(names, '-$&-')].some((form) =>
      [RUNS, CAMEL].some((split) => {
        const tokens = tokensOf(form, split);
        return tokens.some((_, at) => !NEGATIONS.has(tokens[at - 1] ?? '') && phrases.some(standsAt(tokens, at)));
      }),
    );
}

/** Letters and digits of any script. */
const RUNS = /[\p{L}\p{N}]+/gu;
/** `TapStackPROD` and `PRODCluster` are two words each; `PrOd` is not, and is found as a run. */
const CAMEL = /\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?\p{Ll}+\p{N}*|[\p{L}\p{N}]/gu;

function tokensOf(text: string, split: RegExp): string[] {
  return (text.match(split) ?? []).map((token) => token.toLowerCase());
}

/** `prod2` and `2prod` are production too. */
function bare(token: string): string {
  return token.replace(/^\d+(?=\D)/, '').replace(/(?<=\D)\d+$/, '');
}

function isSaid(phrase: readonly string[]): boolean {
  return phrase.length > 0;
}

function standsAt(tokens: readonly string[], at: number): (phrase: readonly string[]) => boolean {
  return (phrase) =>
    phrase.every((word, index) => {
      const token = tokens[at + index];
      return token === word || (token !== undefined && bare(token) === word);
    });
}
