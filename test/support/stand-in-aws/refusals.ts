/** Refusals of several services that MiniStack lets pass. */
import { setTimeout as sleep } from 'node:timers/promises';

import { GetRolePolicyCommand, ListRolePoliciesCommand } from '@aws-sdk/client-iam';

import type { Aws } from './aws.ts';
import { isGone, refusal } from './errors.ts';

/** @throws where a text is no JSON document */
export function mustBeDocument(
  text: string | undefined,
  operation: `${string}.${string}`,
  code: string,
  message: string,
): void {
  if (text === undefined || text === '') return;
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null) return;
  } catch {
    // Refused below.
  }
  throw refusal(operation, 400, code, message);
}

/** Whether something holds within the time that the real provider gives AWS to notice what was made a moment ago. */
export async function inTime(holds: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + PROPAGATION;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() > until) return false;
    await sleep(100);
  }
}

/** Milliseconds: the real provider waits for minutes, and the emulator is at once. */
const PROPAGATION = 2000;

/** Whether an inline policy of the role allows the action on the resource, whatever the conditions. */
export async function roleMay(aws: Aws, roleArn: string, action: string, resource: string): Promise<boolean> {
  return (await statementsOf(aws, roleArn)).some((statement) => allows(statement, action, resource));
}

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: string | readonly string[];
}

async function statementsOf({ iam }: Aws, roleArn: string): Promise<Statement[]> {
  const RoleName = roleArn.split('/').at(-1);
  try {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const documents = await Promise.all(
      PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
    );
    return documents.flatMap(({ PolicyDocument = '' }) => {
      const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: Statement | Statement[] };
      return Statement;
    });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function allows({ Effect, Action = [], Resource = [] }: Statement, action: string, resource: string): boolean {
  return Effect === 'Allow' && [Action].flat().some(matching(action)) && [Resource].flat().some(matching(resource));
}

/** AWS's patterns: `*` is anything, `?` one character. */
function matching(value: string): (pattern: string) => boolean {
  return (pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(value);
  };
}
