/** Every rule, by id in the order in which `rules` lists them. A new rule is one line here. */
import type { AnyRule } from '../rule.ts';
import { ec2RequiredTags } from './ec2-required-tags.ts';

export const rules: readonly AnyRule[] = [ec2RequiredTags];
