// Writes the sample estate, the same bytes every time: node scripts/make-sample-estate.ts
import { writeFileSync } from 'node:fs';

import { sampleSnapshot } from './sample-estate/snapshot.ts';

const file = new URL('../examples/estate.ndjson.gz', import.meta.url);
writeFileSync(file, Buffer.concat(sampleSnapshot()));
