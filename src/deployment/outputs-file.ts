/** The stack's outputs in a file that scripts and tests read: `cfn-outputs/flat-outputs.json` (S0-8). */
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ensureWritable, writeFileAtomically } from '../result-files.ts';

export const OUTPUTS_FILE = 'cfn-outputs/flat-outputs.json';

/** @throws UserError `CANNOT_WRITE`, before anything is deployed */
export async function prepareOutputsFile(file: string): Promise<void> {
  // Where this fails, the next line says why.
  await mkdir(dirname(file), { recursive: true }).catch(() => {});
  await ensureWritable(file);
}

export async function writeOutputsFile(file: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  await writeFileAtomically(file, [`${JSON.stringify(outputs, null, 2)}\n`]);
}

/** Takes the file away where it tells of this stack: what is destroyed has no outputs. */
export async function removeOutputsFile(file: string, outputs: Readonly<Record<string, string>>): Promise<void> {
  try {
    const told: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (JSON.stringify(told) === JSON.stringify(outputs)) await rm(file);
  } catch {
    // No file, or another one: it is left as it is.
  }
}
