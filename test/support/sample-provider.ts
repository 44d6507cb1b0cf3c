/**
 * A Pulumi provider of its own process, for the tests of the runner: `sample:index:Thing`, whose cloud is a folder with a file
 * for each thing. Prints the port it listens on, as Pulumi's own providers do.
 *
 * A thing has a `name`; `slow` makes its creation take so many milliseconds, `refused` makes it fail with that text, and a new
 * name replaces it.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { main } from '@pulumi/pulumi/provider/index.js';
import type { Provider } from '@pulumi/pulumi/provider/index.js';

type Properties = Readonly<Record<string, unknown>>;

const cloud = process.env['SAMPLE_CLOUD'] ?? '';
const fileOf = (id: string) => join(cloud, `${id}.json`);

async function put(id: string, properties: Properties): Promise<void> {
  await writeFile(fileOf(id), JSON.stringify(properties));
}

const provider: Provider = {
  version: '1.0.0',

  async diff(_id, _urn, olds: Properties, news: Properties) {
    const changes = Object.keys({ ...olds, ...news }).some(
      (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
    );
    return { changes, replaces: olds['name'] === news['name'] ? [] : ['name'], deleteBeforeReplace: true };
  },

  async create(_urn, inputs: Properties) {
    if (typeof inputs['slow'] === 'number') await sleep(inputs['slow']);
    if (typeof inputs['refused'] === 'string') throw new Error(inputs['refused']);
    const id = String(inputs['name']);
    await put(id, inputs);
    return { id, outs: inputs };
  },

  async read(id) {
    try {
      const props = JSON.parse(await readFile(fileOf(id), 'utf8')) as Properties;
      return { id, props, inputs: props };
    } catch {
      return { id: '', props: {} };
    }
  },

  async update(id, _urn, _olds, news: Properties) {
    if (typeof news['refused'] === 'string') throw new Error(news['refused']);
    await put(id, news);
    return { outs: news };
  },

  async delete(id, _urn, props: Properties) {
    if (typeof props['kept'] === 'string') throw new Error(props['kept']);
    await rm(fileOf(id), { force: true });
  },
};

await main(provider, process.argv.slice(2));
