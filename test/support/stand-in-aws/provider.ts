/** What the stand-in does with one resource, the protocol aside. */
import { randomBytes } from 'node:crypto';

import type { Aws, AwsRegions } from './aws.ts';
import { isGone, told } from './errors.ts';
import type { Call, Faults, Method } from './faults.ts';
import type { Properties, ResourceType, TagChange } from './resource-type.ts';
import { differences, isMap, isUnknown, sameDocument, sorted } from './values.ts';

/** What an `aws.Provider` was configured with, as far as the stand-in heeds it. */
export interface ProviderSettings {
  readonly region: string;
  readonly defaultTags: Readonly<Record<string, string>>;
}

/** Which resource is meant. */
export interface Subject {
  readonly type: ResourceType;
  /** The logical name. */
  readonly name: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly { readonly property: string; readonly reason: string }[];
}

export interface Difference {
  readonly changed: readonly string[];
  readonly replacing: readonly string[];
  readonly deletedFirst: boolean;
}

export interface Found {
  readonly id: string;
  readonly outputs: Properties;
}

/** The resource is there, and yet its creation or update failed. */
export class PartlyDone extends Error {
  readonly found: Found;

  constructor(message: string, found: Found) {
    super(message);
    this.found = found;
  }
}

export interface Provider {
  check(subject: Subject, settings: ProviderSettings, given: Properties, before: Properties): Checked;
  diff(subject: Subject, wanted: Properties, given: Properties, state: Properties): Difference;
  /** @throws {PartlyDone} */
  create(subject: Subject, inputs: Properties): Promise<Found>;
  /** Gives the inputs too as they would have to be for AWS to be left as it is; `undefined` where it is gone. */
  read(
    subject: Subject,
    id: string,
    inputs: Properties,
    state: Properties,
  ): Promise<(Found & { readonly inputs: Properties }) | undefined>;
  /** @throws {PartlyDone} */
  update(subject: Subject, id: string, wanted: Properties, given: Properties, state: Properties): Promise<Found>;
  delete(subject: Subject, id: string, state: Properties): Promise<void>;
}

export function providerOf(regions: AwsRegions, faults: Faults, calls: Call[]): Provider {
  /** Where a resource is; IAM's are asked for where IAM is. */
  const awsFor = ({ region }: Properties): Aws => regions.in(typeof region === 'string' ? region : 'us-east-1');

  /** Does a thing to AWS, as a test may have it held or failed; its errors become the provider's. */
  async function doing<Result>(
    method: Method,
    subject: Subject,
    properties: Properties,
    work: (aws: Aws) => Promise<Result>,
  ): Promise<Result> {
    const { type, name } = subject;
    const call = { method, type: type.type, name };
    calls.push(call);
    try {
      await faults.before(call);
      const result = await work(awsFor(properties));
      faults.after(call);
      return result;
    } catch (error) {
      throw new Error(problem(method, subject, properties, error), { cause: error });
    }
  }

  async function stateOf(subject: Subject, aws: Aws, id: string, known: Properties): Promise<Properties | undefined> {
    const { type } = subject;
    try {
      const found = await type.read(aws, id, known);
      if (found === undefined) return undefined;
      const state = { ...known, ...found, ...(type.retag !== undefined && { tagsAll: found['tags'] ?? {} }) };
      return { ...state, ...sameTexts(type, known, state) };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  }

  async function outputsOf(subject: Subject, aws: Aws, id: string, inputs: Properties): Promise<Properties> {
    const state = await stateOf(subject, aws, id, inputs);
    if (state === undefined) throw new Error(`AWS does not have it, though it was made: ${id}`);
    return state;
  }

  /** What is there after something failed: as it is in AWS, or, where that cannot be read either, as it was to be. */
  async function lastKnown(subject: Subject, aws: Aws, id: string, known: Properties): Promise<Properties> {
    try {
      return (await stateOf(subject, aws, id, known)) ?? known;
    } catch {
      return known;
    }
  }

  return {
    check,
    diff,
    create: async (subject, inputs) => {
      let id: string | undefined;
      const aws = awsFor(inputs);
      try {
        return await doing('create', subject, inputs, async () => {
          id = await subject.type.create(aws, inputs, (made) => {
            id = made;
          });
          return { id, outputs: await outputsOf(subject, aws, id, inputs) };
        });
      } catch (error) {
        if (id === undefined) throw error;
        const outputs = await lastKnown(subject, aws, id, inputs);
        throw new PartlyDone(messageOf(error), { id, outputs });
      }
    },
    read: (subject, id, inputs, state) =>
      doing('read', subject, state, async (aws) => {
        const outputs = await stateOf(subject, aws, id, state);
        if (outputs === undefined) return undefined;
        return { id, outputs, inputs: inputsOf(subject.type, inputs, outputs) };
      }),
    update: async (subject, id, wanted, given, state) => {
      const { type } = subject;
      const aws = awsFor(wanted);
      try {
        return await doing('update', subject, wanted, async () => {
          const changed = new Set(differences(type, wanted, given, state));
          if (changed.delete('tags')) await type.retag?.(aws, id, tagChange(wanted['tags'], state['tags']), wanted);
          // What the provider alone heeds, as `forceDestroy`, changes nothing in AWS.
          if (changed.size > 0) await type.update?.(aws, id, wanted, changed);
          return { id, outputs: await outputsOf(subject, aws, id, wanted) };
        });
      } catch (error) {
        const outputs = await lastKnown(subject, aws, id, state);
        throw new PartlyDone(messageOf(error), { id, outputs });
      }
    },
    delete: (subject, id, state) =>
      doing('delete', subject, state, async (aws) => {
        try {
          await subject.type.delete(aws, id, state);
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }),
  };
}

function check({ type, name }: Subject, settings: ProviderSettings, given: Properties, before: Properties): Checked {
  const failures = Object.keys(given)
    .filter((property) => type.properties[property] === undefined && !property.startsWith('__'))
    .map((property) => ({ property, reason: `The stand-in for AWS does not know ${property} of ${type.type}.` }));
  const inputs: Record<string, unknown> = { ...given };
  for (const [property, { required, default: usual, named, compare }] of Object.entries(type.properties)) {
    if (inputs[property] === undefined && named === true) inputs[property] = before[property] ?? autonamed(name);
    if (inputs[property] === undefined && usual !== undefined) inputs[property] = usual;
    if (compare === 'document' && isMap(inputs[property])) inputs[property] = JSON.stringify(inputs[property]);
    if (required === true && inputs[property] === undefined) {
      const reason = `Missing required argument. The argument "${snakeCase(property)}" is required, but no definition was found.. Examine values at '${name}.${property}'.`;
      // The provider names no property here, as there is none.
      failures.push({ property: '', reason });
    }
  }
  if (type.properties['region'] !== undefined) inputs['region'] ??= settings.region;
  if (type.retag !== undefined && !isUnknown(inputs['tags'])) {
    const tags = { ...settings.defaultTags, ...(isMap(inputs['tags']) && inputs['tags']) };
    if (Object.keys(tags).length > 0) inputs['tags'] = tags;
  }
  return { inputs, failures };
}

/** As the provider makes names up. */
function autonamed(logicalName: string): string {
  return `${logicalName}-${randomBytes(4).toString('hex').slice(0, 7)}`;
}

function snakeCase(property: string): string {
  return property.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function diff({ type }: Subject, wanted: Properties, given: Properties, state: Properties): Difference {
  const changed = differences(type, wanted, given, state);
  const replacing = changed.filter((property) => type.properties[property]?.replaces === true);
  // Two of one name cannot be: the old one has to go first, unless its name is among what changes.
  const names = Object.entries(type.properties).filter(([, { named }]) => named === true);
  const sameName = names.length > 0 && names.every(([property]) => !changed.includes(property));
  return { changed, replacing, deletedFirst: replacing.length > 0 && sameName };
}

/** Documents that AWS wrote anew, though they mean the same, as the program had them. */
function sameTexts(type: ResourceType, known: Properties, state: Properties): Properties {
  const texts = Object.entries(type.properties).flatMap(([name, { compare }]) => {
    if (compare === 'set' && sorted(known[name]) === sorted(state[name])) {
      return [[name, known[name]] as const];
    }
    if (compare !== 'document' || known[name] === undefined) return [];
    return sameDocument(known[name], state[name]) ? [[name, known[name]] as const] : [];
  });
  return Object.fromEntries(texts);
}

/** The inputs, those that AWS has otherwise as AWS has them; all that AWS has where there were none, as in an import. */
function inputsOf(type: ResourceType, inputs: Properties, state: Properties): Properties {
  const names = Object.keys(Object.keys(inputs).length > 0 ? inputs : type.properties);
  const drifted = new Set(differences(type, inputs, inputs, state));
  return Object.fromEntries(
    names.map((name) => [name, drifted.has(name) || inputs[name] === undefined ? state[name] : inputs[name]]),
  );
}

function tagChange(wanted: unknown, state: unknown): TagChange {
  const [after, before] = [wanted, state].map((tags) => (isMap(tags) ? tags : {}) as Record<string, string>);
  const set = Object.entries(after ?? {}).filter(([key, value]) => before?.[key] !== value);
  return {
    set: Object.fromEntries(set),
    removed: Object.keys(before ?? {}).filter((key) => after?.[key] === undefined),
  };
}

const DOING = { create: 'creating', read: 'reading', update: 'updating', delete: 'deleting' } as const;

/** An error in the provider's form, which is Terraform's. */
function problem(method: Method, { type, name }: Subject, properties: Properties, error: unknown): string {
  const called = type.called?.(properties) ?? nameOf(type, properties) ?? name;
  return `1 error occurred:\n\t* ${DOING[method]} ${type.label} (${called}): ${told(error)}\n\n`;
}

function nameOf(type: ResourceType, properties: Properties): string | undefined {
  const named = Object.entries(type.properties).find(([, property]) => property.named === true)?.[0];
  return named === undefined ? undefined : String(properties[named]);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
