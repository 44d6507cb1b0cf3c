// The presets are read at run time, from beside the module that reads them.
import { cpSync } from 'node:fs';

cpSync(new URL('../src/config/presets', import.meta.url), new URL('../dist/config/presets', import.meta.url), {
  recursive: true,
  filter: (source) => !source.endsWith('.ts'),
});
