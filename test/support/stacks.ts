/** The stacks that tests look at: each preset as a small, complete configuration makes it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadSettings } from '../../src/config/load.ts';
import type { LoadedSettings } from '../../src/config/load.ts';
import type { PresetName } from '../../src/config/preset-names.ts';
import { planStack } from '../../src/stack/plan-stack.ts';
import type { PlannedStack, StackRequest } from '../../src/stack/plan-stack.ts';
import type { StackSpec } from '../../src/stack/spec.ts';

export const STACK_ACCOUNT = '111122223333';

/** What regulated cannot do without. */
const REGULATED = `
tags: { Owner: platform-team }
regions: [eu-west-1, eu-central-1]
rules:
  ec2-approved-instance-type:
    parameters: { approved: [t3.*, m5.large] }
`;

/** The YAML of a preset with an address for alerts, and what the preset needs. */
export function stackYaml(preset: PresetName): string {
  return `preset: ${preset}\nalertEmail: security@example.com\n${preset === 'regulated' ? REGULATED : ''}`;
}

/** Settings as a file of this text gives them, with no environment variable set. */
export function settingsFrom(yaml: string, environment = 'test'): LoadedSettings {
  const directory = mkdtempSync(join(tmpdir(), 'compliancectl-test-'));
  const file = join(directory, 'compliancectl.yaml');
  try {
    writeFileSync(file, yaml);
    return loadSettings({ file, environment, env: {}, directory, now: new Date('2026-11-21T12:00:00Z') });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The stack that a file of this text makes, or what `planStack` throws. */
export function plannedFrom(yaml: string, over: Partial<StackRequest> = {}): PlannedStack {
  const region = yaml.includes('preset: regulated') ? 'eu-west-1' : 'us-east-1';
  return planStack({
    environment: 'test',
    place: { partition: 'aws', accountId: STACK_ACCOUNT, region },
    ...settingsFrom(yaml, over.environment ?? 'test'),
    now: new Date('2026-11-21T12:00:00Z'),
    ...over,
  });
}

/** Environment `test`, account 111122223333, us-east-1; regulated in eu-west-1. */
export function specOf(preset: PresetName, over: Partial<StackRequest> = {}): StackSpec {
  return plannedFrom(stackYaml(preset), over).spec;
}
