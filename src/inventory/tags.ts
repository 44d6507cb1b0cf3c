import { known, tagMap } from '../engine/model.ts';
import type { Known, Tags } from '../engine/model.ts';

/** A tag as every service of AWS's lists it. */
interface ListedTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags that came with a listing, which leaves the list out where there are none. */
export function listedTags(tags: readonly ListedTag[] | undefined): Known<Tags> {
  return known(tagsOf(tags ?? []));
}

export function tagsOf(tags: readonly ListedTag[]): Tags {
  return tagMap(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}
