/** The presets: named sets of defaults, one YAML file each, in the words of compliancectl.yaml. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { PresetName } from './preset-names.ts';
import { parseYaml } from './yaml-file.ts';

/** The settings of a preset, to be written over. */
export function readPreset(name: PresetName): unknown {
  const file = join(import.meta.dirname, 'presets', `${name}.yaml`);
  return parseYaml({ name: file, typed: false }, readFileSync(file, 'utf8')).value;
}
