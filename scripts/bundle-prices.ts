/**
 * Writes src/prices/bundled.json: node scripts/bundle-prices.ts [folder]
 *
 * The folder holds files of AWS's Price List, `*.json`: what `aws pricing get-products` printed, or offer files. Without one there are
 * the prices of scripts/prices/published.json alone.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { bundlePrices, parsePriceList, parsePublished } from './prices/bundle.ts';

const [folder] = process.argv.slice(2);
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));
const lists = names.toSorted().map((name) => parsePriceList(readFileSync(join(folder ?? '.', name), 'utf8')));
const published = parsePublished(readFileSync(new URL('prices/published.json', import.meta.url), 'utf8'));
const bundle = bundlePrices(published, lists);
writeFileSync(new URL('../src/prices/bundled.json', import.meta.url), `${JSON.stringify(bundle, null, 2)}\n`);
