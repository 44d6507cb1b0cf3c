/** In which order resources are changed: at the same time, but for databases that are stopped or started. */
import type { Step, StepId, StepKind } from './step.ts';

type Kinds = Readonly<Record<StepId, Pick<StepKind, 'role'>>>;

/**
 * Works on each group of steps. What uses databases is stopped before they are, and started after they were; nothing else waits for
 * anything, and what fails keeps nobody waiting.
 *
 * @param groups the steps of each resource
 * @param work never rejects
 */
export async function inOrder<Group extends readonly Pick<Step, 'id'>[]>(
  groups: readonly Group[],
  { kinds, way }: { readonly kinds: Kinds; readonly way: 'down' | 'up' },
  work: (group: Group) => Promise<void>,
): Promise<void> {
  const [first, last] = way === 'down' ? (['uses', 'serves'] as const) : (['serves', 'uses'] as const);
  const byRole = Map.groupBy(groups, (group) =>
    group.map(({ id }) => kinds[id].role).find((role) => role !== undefined),
  );
  const begun = async (role: StepKind['role']) => Promise.all((byRole.get(role) ?? []).map(work));
  const others = begun(undefined);
  await begun(first);
  await begun(last);
  await others;
}
