/** Finds, reads and checks compliancectl.yaml, and gives the settings of one environment. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import type * as z from 'zod';

import { MAX_WAIVER_DAYS } from '../engine/waivers.ts';
import { systemReason, UserError } from '../user-error.ts';
import type { Echo } from '../user-error.ts';
import { decide, fromEnvironment } from './decide.ts';
import { settingsAt } from './json-schema.ts';
import { mergeSettings } from './merge.ts';
import { nearest } from './nearest.ts';
import { readPreset } from './presets.ts';
import { fileSchema, settingsSchema } from './schema.ts';
import type { Configuration, configurationSchema, Settings } from './schema.ts';
import { parseYaml, sentenceAt } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

const CONFIG_FILE = 'compliancectl.yaml';

export interface LoadSettings {
  /** `--config`; without it the file is looked for. */
  readonly file?: string | undefined;
  readonly environment: string;
  readonly env: NodeJS.ProcessEnv;
  /** Ids of the rules to run, in place of what the configuration selects. */
  readonly select?: readonly string[] | undefined;
  /** Where the search starts. */
  readonly directory: string;
  /** When the command was started: no waiver may last longer than a year from then. */
  readonly now: Date;
}

/**
 * The settings for one environment: rule defaults, then the preset, the file, its `environments` part, the environment
 * variables that S0 and S1 name. Without a file those are the preset `standard`'s.
 *
 * @throws UserError `CONFIG_*`, each with file, line, column, key and what was expected there
 */
export function loadConfiguration(settings: LoadSettings): Configuration {
  return loadSettings(settings).configuration;
}

export interface LoadedSettings {
  readonly configuration: Configuration;
  /** The same before it was decided: the preset, the file and its environment merged, as a deployment hands them on. */
  readonly settings: Settings;
}

/** @throws UserError as `loadConfiguration` does */
export function loadSettings(settings: LoadSettings): LoadedSettings {
  const name = settings.file ?? findConfiguration(settings.directory);
  const file = name === undefined ? undefined : readConfiguration(name, settings);
  const { environments, ...base } = check(file, fileSchema, file?.value ?? {}, []) as Raw;
  for (const [environment, part] of Object.entries(environments ?? {})) {
    check(file, settingsSchema, mergeSettings(base, part), ['environments', environment]);
  }
  const own = environments?.[settings.environment];
  const chosen = mergeSettings(base, own) as Raw;
  checkWaivers(file, chosen, settings);
  const merged = mergeSettings(
    mergeSettings(readPreset(chosen.preset ?? 'standard'), chosen),
    fromEnvironment(settings.env),
  );
  const parsed = settingsSchema.parse(merged);
  return { settings: parsed, configuration: decide(parsed, { asked: settings.select, ownSelect: chosen.select }) };
}

/** The raw values of a file that was found sound: what was not set is not there. */
type Raw = z.input<typeof configurationSchema>;

function readConfiguration(name: string, { directory, file: given }: LoadSettings): YamlFile {
  const shown = relative(directory, name) || name;
  try {
    const source = { name: shown.startsWith('..') ? name : shown, typed: given !== undefined };
    return parseYaml(source, readFileSync(name, 'utf8'));
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const say = (typed: string) =>
      missing ? `There is no file ${typed}.` : `${typed} could not be read: ${systemReason(error)}.`;
    throw new UserError(
      { typed: name, say },
      {
        code: missing ? 'CONFIG_MISSING' : 'CONFIG_UNREADABLE',
        suggestions: ['Check the path of --config'],
        cause: error,
      },
    );
  }
}

/** compliancectl.yaml here or in a parent, up to the root of the repository. */
function findConfiguration(directory: string): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    const file = join(folder, CONFIG_FILE);
    if (existsSync(file)) return file;
    if (existsSync(join(folder, '.git')) || folder === dirname(folder)) return undefined;
  }
}

/**
 * Checks values against a schema and gives them back as they were: defaults are filled in once, when all is merged.
 *
 * @param part where in the file the values came from, besides its top
 */
function check(file: YamlFile | undefined, schema: z.ZodType, value: unknown, part: readonly string[]): unknown {
  const { error } = schema.safeParse(value);
  const issue = error?.issues[0];
  if (issue === undefined) return value;
  const own = [...part, ...issue.path];
  const path = part.length > 0 && file?.has(own) === false ? issue.path : own;
  throw invalid(file, path, issue);
}

function invalid(file: YamlFile | undefined, path: readonly PropertyKey[], issue: z.core.$ZodIssue): UserError {
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const full = unknownKey === undefined ? path : [...path, unknownKey];
  const atKey = unknownKey !== undefined || issue.code === 'invalid_key';
  const key = full.map(String).join('.');
  const reason = expectation(issue);
  const what = `${key === '' ? 'the file' : key}: ${reason}${reason.endsWith('?') ? '' : '.'}`;
  return new UserError(located(file, full, atKey ? 'key' : 'value', what), {
    code: 'CONFIG_INVALID',
    suggestions: unknownKey === undefined ? [] : expectedInstead(unknownKey, settingsAt(path)),
  });
}

function expectedInstead(unknownKey: string, settings: readonly string[]): string[] {
  const meant = nearest(unknownKey, settings);
  const all = `The settings there: ${settings.join(', ')}`;
  return meant === undefined ? [all] : [`Did you mean ${meant}?`, all];
}

function located(
  file: YamlFile | undefined,
  path: readonly PropertyKey[],
  at: 'key' | 'value',
  what: string,
): string | Echo {
  return file === undefined ? `${CONFIG_FILE}: ${what}` : sentenceAt(file, file.locate(path, at), what);
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'there is no such setting';
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_key':
      return issue.issues.map(({ message }) => message).join(', ');
    default:
      return issue.message.replace(/^Invalid input: /, '');
  }
}

/** A waiver is an exception, and an exception ends. */
function checkWaivers(file: YamlFile | undefined, { waivers }: Raw, { environment, now }: LoadSettings): void {
  const latest = new Date(now.getTime() + MAX_WAIVER_DAYS * 86_400_000).toISOString().slice(0, 10);
  for (const [index, { expires }] of (waivers ?? []).entries()) {
    if (expires <= latest) continue;
    const own = ['environments', environment, 'waivers', index, 'expires'];
    const path = file?.has(own) === true ? own : ['waivers', index, 'expires'];
    throw new UserError(
      located(file, path, 'value', `${path.join('.')}: is more than ${MAX_WAIVER_DAYS} days ahead.`),
      {
        code: 'CONFIG_INVALID',
        suggestions: [`Choose ${latest} or an earlier day, and renew the waiver when it ends`],
      },
    );
  }
}
