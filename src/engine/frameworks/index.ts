/** Every framework, newest version last. A new benchmark is one file and one line here, and touches no rule. */
import { cisV5 } from './cis-v5.ts';
import { cisV7 } from './cis-v7.ts';
import type { Framework } from './framework.ts';
import { fsbpV1 } from './fsbp-v1.ts';

export const frameworks: readonly Framework[] = [cisV5, cisV7, fsbpV1];

export interface ControlReference {
  readonly framework: string;
  readonly control: string;
  readonly title: string;
  readonly covers: 'whole' | 'part';
}

/** The controls that a rule stands for, in every framework and version. */
export function controlsOf(ruleId: string): ControlReference[] {
  return frameworks.flatMap(({ id: framework, controls }) =>
    controls.flatMap(({ id: control, title, rules }) =>
      rules.filter(({ id }) => id === ruleId).map(({ covers }) => ({ framework, control, title, covers })),
    ),
  );
}
