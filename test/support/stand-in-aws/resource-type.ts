/** What the stand-in knows of a resource type: which properties it takes, and how one is made, read, changed and deleted. */
import type { Resource, Unwrap } from '@pulumi/pulumi';

import type { Aws } from './aws.ts';

export type Properties = Readonly<Record<string, unknown>>;

/** The arguments of a class of `@pulumi/aws` as they reach its provider: no outputs, no resources, documents as text. */
export type Given<Args> = Plain<Unwrap<Args>>;

type Plain<Value> = Value extends Resource | { readonly Statement: unknown }
  ? never
  : Value extends readonly (infer Item)[]
    ? readonly Plain<Item>[]
    : Value extends object
      ? { readonly [Name in keyof Value]: Plain<Value[Name]> }
      : Value;

export interface Property {
  readonly required?: true;
  /** A change of it makes a new resource. */
  readonly replaces?: true;
  /** Where the program gives none. */
  readonly default?: unknown;
  /** The resource's name: made up from the logical one where the program gives none. */
  readonly named?: true;
  /**
   * How it is compared with what AWS has: a JSON document by meaning, a list in any order, a map with nothing beside what
   * is given. Otherwise what is given must be there, and AWS may know more.
   */
  readonly compare?: 'document' | 'set' | 'exact';
}

export interface TagChange {
  readonly set: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
}

/** `Args` are those of the class, `@pulumi/aws` 7. */
export interface ResourceDefinition<Args, Inputs = Given<Args>> {
  /** `aws:sns/topic:Topic` */
  readonly type: string;
  /** As the provider's errors call it: `SNS Topic`. */
  readonly label: string;
  /** Those that the stand-in honours. It refuses a program that gives others, for they would be lost in silence. */
  readonly properties: { readonly [Name in keyof Args]?: Property };
  /** What one is called in errors; its name if not given. */
  called?(inputs: Inputs): string;
  /** Gives the id. */
  create(aws: Aws, inputs: Inputs, created: (id: string) => void): Promise<string>;
  /**
   * What AWS has, in the form of the arguments, and what the provider adds to them; `undefined` where it is gone.
   *
   * @param known as it was last seen, for what AWS does not tell
   */
  read(aws: Aws, id: string, known: Inputs): Promise<Properties | undefined>;
  /** Not there where every property replaces. Tags are `retag`'s. */
  update?(aws: Aws, id: string, inputs: Inputs, changed: ReadonlySet<keyof Args>): Promise<void>;
  /** Of a type that takes tags. */
  retag?(aws: Aws, id: string, change: TagChange, inputs: Inputs): Promise<void>;
  /** @param known the resource as it was last seen */
  delete(aws: Aws, id: string, known: Inputs): Promise<void>;
}

/** A definition whose arguments' type nobody needs any more. */
export type ResourceType = Omit<ResourceDefinition<Properties, Properties>, 'properties'> & {
  readonly properties: Readonly<Record<string, Property>>;
};

export function defineResource<Args>(definition: ResourceDefinition<Args>): ResourceType {
  // What arrives on the wire was given to the class whose arguments these are.
  return definition as unknown as ResourceType;
}
