/** The names of the presets: those of the files in presets/. Apart, so that a command's flags need not load the schema. */
export const PRESET_NAMES = [
  'standard',
  'ec2-baseline',
  'reporting',
  'config-history',
  'tag-events',
  'regulated',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];
