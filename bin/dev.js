#!/usr/bin/env node
// Runs src/ as it stands, without a build: Node strips the types.
import { readFileSync } from 'node:fs';
import { settings } from '@oclif/core';

import { main } from '../src/cli/main.ts';

settings.enableAutoTranspile = false;
const root = new URL('..', import.meta.url).pathname;
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
await main(process.argv.slice(2), {
  root,
  ignoreManifest: true,
  pjson: { ...pjson, oclif: { ...pjson.oclif, commands: './src/commands' } },
});
