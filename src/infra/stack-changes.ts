/** What the engine does, or would do, out of the events it tells. */
import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/index.js';

import { providerWords } from './failure-text.ts';
import { diffProperties, isUnknown, SECRET, shown, valueAt } from './property-diff.ts';
import type { PropertyChange } from './property-diff.ts';

export type ChangeOperation = 'create' | 'update' | 'replace' | 'delete' | 'same';

/** What happens to one resource. Components, providers and the stack itself are not among them. */
export interface StackChange {
  readonly operation: ChangeOperation;
  /** Pulumi's token: `aws:lambda/function:Function`. */
  readonly type: string;
  /** As AWS knows it where it has a name, else the name in the stack. */
  readonly name: string;
  /** The name in the stack. */
  readonly logicalName: string;
  /** AWS's id, where there is one already. */
  readonly id?: string;
  /** What differs, where it is updated or replaced. */
  readonly properties: readonly PropertyChange[];
}

export type ChangeCounts = Readonly<Record<ChangeOperation, number>>;

/** One step of the work on a resource. */
export interface ResourceProgress {
  readonly kind: 'resource';
  readonly state: 'started' | 'done' | 'failed';
  readonly operation: Exclude<ChangeOperation, 'same'> | 'refresh';
  readonly type: string;
  readonly name: string;
  /** Resources that are done, this one included; those that stay as they are not counted. */
  readonly done: number;
  /** Of how many; `undefined` where it is not known before. */
  readonly total: number | undefined;
}

/** A resource that could not be made, changed or deleted. */
export interface ResourceFailure {
  readonly operation: ResourceProgress['operation'];
  readonly type: string;
  readonly name: string;
  /** AWS's own words, one line. */
  readonly message: string;
}

/** Hears the events of one run of the engine. */
export interface ChangeLog {
  readonly hear: (event: EngineEvent) => void;
  /** In the order in which they were begun. */
  readonly changes: () => readonly StackChange[];
  readonly failures: () => readonly ResourceFailure[];
  /** Errors of the engine's own, those of resources not among them. */
  readonly errors: () => readonly string[];
}

export interface ChangeLogOptions {
  /** A preview tells what would be; otherwise only what was done is a change. */
  readonly preview?: boolean;
  readonly total?: number | undefined;
  readonly onProgress?: (progress: ResourceProgress) => void;
}

/** The steps that a change consists of; a replacement is `replace`, and two steps that do it. */
const OPERATIONS: Readonly<Record<string, ChangeOperation>> = {
  create: 'create',
  import: 'create',
  update: 'update',
  replace: 'replace',
  delete: 'delete',
  same: 'same',
};

/** The steps that are work. */
const WORK: Readonly<Record<string, ResourceProgress['operation']>> = {
  create: 'create',
  import: 'create',
  update: 'update',
  'create-replacement': 'replace',
  'delete-replaced': 'replace',
  delete: 'delete',
  refresh: 'refresh',
};

export function changeLog({ preview = false, total, onProgress }: ChangeLogOptions = {}): ChangeLog {
  const changes = new Map<string, StackChange>();
  const started = new Set<string>();
  const done = new Set<string>();
  const failed = new Map<string, Omit<ResourceFailure, 'message'>>();
  /** The first of each resource: what follows repeats it. */
  const messages = new Map<string, string>();
  const errors: string[] = [];

  const tell = (
    state: ResourceProgress['state'],
    metadata: StepEventMetadata,
    operation: ResourceProgress['operation'],
  ) => {
    if (preview) return;
    const { type, name } = nameOf(metadata);
    onProgress?.({ kind: 'resource', state, operation, type, name, done: done.size, total });
  };

  const begin = (metadata: StepEventMetadata) => {
    if (preview) note(metadata);
    const work = WORK[metadata.op];
    if (work === undefined || started.has(metadata.urn)) return;
    started.add(metadata.urn);
    tell('started', metadata, work);
  };

  const note = (metadata: StepEventMetadata) => {
    const operation = OPERATIONS[metadata.op];
    if (operation !== undefined) changes.set(metadata.urn, changeOf(operation, metadata));
  };

  const end = (metadata: StepEventMetadata) => {
    if (!preview) note(metadata);
    // A refresh is told of by what it found.
    const work = WORK[metadata.op] ?? (started.has(metadata.urn) && metadata.op === 'same' ? 'refresh' : undefined);
    // The old one goes last, or first, but what is wanted is the new one.
    if (work === undefined || metadata.op === 'delete-replaced' || done.has(metadata.urn)) return;
    done.add(metadata.urn);
    tell('done', metadata, work);
  };

  return {
    hear({ resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent }) {
      if (resourcePreEvent !== undefined && isResource(resourcePreEvent.metadata)) begin(resourcePreEvent.metadata);
      if (resOutputsEvent !== undefined && isResource(resOutputsEvent.metadata)) end(resOutputsEvent.metadata);
      if (resOpFailedEvent !== undefined) {
        const { metadata } = resOpFailedEvent;
        const operation = WORK[metadata.op] ?? 'update';
        failed.set(metadata.urn, { operation, ...nameOf(metadata) });
        tell('failed', metadata, operation);
      }
      // Those of the severity `debug`, which the types do not know, hold secrets.
      if (diagnosticEvent?.severity !== 'error') return;
      const { urn, message } = diagnosticEvent;
      if (urn === undefined || urn === '' || typeOf(urn) === STACK) errors.push(message.trim());
      else if (!messages.has(urn)) messages.set(urn, message);
    },

    changes: () => [...changes.values()],

    failures: () => {
      // A check refuses a resource before there is a step that could fail.
      const refused = [...messages.keys()].filter((urn) => !failed.has(urn));
      return [
        ...[...failed].map(([urn, failure]) => ({
          ...failure,
          message: providerWords(messages.get(urn) ?? 'no reason was given'),
        })),
        ...refused.map((urn) => ({
          operation: 'update' as const,
          type: typeOf(urn),
          name: logicalNameOf(urn),
          message: providerWords(messages.get(urn) ?? ''),
        })),
      ];
    },

    errors: () => errors,
  };
}

export function countChanges(changes: readonly StackChange[]): ChangeCounts {
  const counts = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  for (const { operation } of changes) counts[operation] += 1;
  return counts;
}

const STACK = 'pulumi:pulumi:Stack';

/** One that a provider makes in AWS. */
function isResource({ type, old, new: made }: StepEventMetadata): boolean {
  return (made ?? old)?.custom === true && !type.startsWith('pulumi:');
}

function changeOf(operation: ChangeOperation, metadata: StepEventMetadata): StackChange {
  const id = [metadata.new?.id, metadata.old?.id].find((one) => one !== undefined && one !== '' && !isUnknown(one));
  return {
    operation,
    ...nameOf(metadata),
    logicalName: logicalNameOf(metadata.urn),
    ...(id !== undefined && { id }),
    properties: operation === 'update' || operation === 'replace' ? propertiesOf(metadata) : [],
  };
}

function nameOf({ type, urn, old, new: made }: StepEventMetadata): { type: string; name: string } {
  return { type, name: awsName(type, made?.inputs ?? old?.inputs ?? {}) ?? logicalNameOf(urn) };
}

/** The property that a resource's name is given by is `name`, but for a few types. */
function awsName(type: string, inputs: Readonly<Record<string, unknown>>): string | undefined {
  const property = { 'aws:s3/bucket:Bucket': 'bucket', 'aws:cloudwatch/dashboard:Dashboard': 'dashboardName' }[type];
  const name = inputs[property ?? 'name'];
  return typeof name === 'string' && name !== '' && !isUnknown(name) ? name : undefined;
}

/** What differs between the inputs, and what the provider says differs beside that: secrets, and what AWS has otherwise. */
function propertiesOf({ old, new: made, detailedDiff, keys, diffs }: StepEventMetadata): PropertyChange[] {
  const [before, after] = [old?.inputs ?? {}, made?.inputs ?? {}];
  const ours = diffProperties(before, after);
  const said = Object.keys(detailedDiff ?? {});
  const replacing = new Set([
    ...(keys ?? []),
    ...said.filter((path) => detailedDiff?.[path]?.diffKind.endsWith('replace') === true),
  ]);
  const missing = [...(said.length > 0 ? said : (diffs ?? []))].filter(
    (path) => !ours.some((change) => within(change.path, path) || within(path, change.path)),
  );
  const theirs = missing.flatMap((path): PropertyChange[] => {
    const wanted = shown(valueAt(after, path));
    const had = shown(valueAt(wanted === SECRET ? before : (old?.outputs ?? {}), path));
    return had === undefined && wanted === undefined
      ? []
      : [{ path, ...(had !== undefined && { before: had }), ...(wanted !== undefined && { after: wanted }) }];
  });
  return [...ours, ...theirs].map((change) =>
    [...replacing].some((path) => within(change.path, path) || within(path, change.path))
      ? { ...change, replaces: true as const }
      : change,
  );
}

/** Whether a path is another, or lies in it. */
function within(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`) || path.startsWith(`${other}[`);
}

/** `urn:pulumi:stack::project::parent$type::name`. */
function typeOf(urn: string): string {
  return urn.split('::')[2]?.split('$').at(-1) ?? '';
}

export function logicalNameOf(urn: string): string {
  return urn.split('::').slice(3).join('::');
}
