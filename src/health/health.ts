/** `report --kind health`: every part of a deployed stack against what its settings say (docs/health.md). */
import type { ChalkInstance } from 'chalk';

import { createClients } from '../aws/clients.ts';
import type { Clients } from '../aws/clients.ts';
import { mapConcurrently } from '../aws/concurrency.ts';
import { addToJobSummary, ensureWritable, writeFileAtomically } from '../result-files.ts';
import { loadSettings } from '../config/load.ts';
import type { LoadedSettings } from '../config/load.ts';
import { openPlace, stackRegion } from '../deployment/place.ts';
import { known } from '../engine/model.ts';
import { GapLog } from '../inventory/gap-log.ts';
import { healthJson, renderHealth, renderHealthMarkdown } from '../report/health.ts';
import type { HealthDocument } from '../report/health.ts';
import { plainText } from '../report/plain-text.ts';
import { BLUEPRINTS } from '../stack/blueprints.ts';
import { planStack, requireEnvironment } from '../stack/plan-stack.ts';
import type { Place, StackSpec } from '../stack/spec.ts';
import { EXIT } from '../user-error.ts';
import type { ExitCode } from '../user-error.ts';
import { healthDocument, healthExitCode } from './document.ts';
import { quoted } from './finding.ts';
import type { Checking, Remedy } from './finding.ts';
import { metricQueries } from './metrics.ts';
import { looksAt } from './parts.ts';
import { healthPolicyText } from './policy.ts';
import { readAlarms } from './readers/cloudwatch.ts';
import { readRecorders } from './readers/config.ts';
import { readMetrics } from './readers/metrics.ts';
import { readKey } from './readers/storage.ts';
import type { Reading } from './reading.ts';

/** Where the document goes, unless a file is named (S1-9). */
const HEALTH_FILE = 'compliance-monitoring-analysis.json';

export type HealthFormat = 'table' | 'json' | 'markdown';

export interface HealthRequest {
  readonly environment?: string | undefined;
  readonly config?: string | undefined;
  readonly region?: string | undefined;
  /** What is shown on standard output. */
  readonly format: HealthFormat;
  /** The document's file; `HEALTH_FILE` where none is given. */
  readonly file?: string | undefined;
  /** Where the Markdown report is added to: a job's summary. */
  readonly summaryFile?: string | undefined;
  readonly quiet: boolean;
  /** Prints the least policy that looking needs, and makes no call. */
  readonly printIamPolicy?: boolean;
}

/** What the process has that a test gives otherwise. */
export interface HealthSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly now: Date;
  /** Writes what people are to know, on stderr. */
  readonly tell: (text: string) => void;
  /** Writes results, on stdout. */
  readonly print: (text: string) => Promise<void>;
  readonly chalk: ChalkInstance;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Parts that are looked at side by side; each makes a handful of calls. */
const SIDE_BY_SIDE = 8;

/**
 * @returns 0 where all is well; 1 where something is wrong; 4 where nothing is, and not all could be read; 3 where nothing
 *   could; 130 after an interruption, which leaves the file as it was
 * @throws UserError for what the person can mend: no environment, bad settings, no credentials, a file that cannot be written
 */
export async function health(request: HealthRequest, surroundings: HealthSurroundings): Promise<ExitCode> {
  const { env, directory, now, tell, print, chalk, signal } = surroundings;
  const environment = requireEnvironment(request.environment);
  const loaded = loadSettings({ file: request.config, environment, env, directory, now });
  const { region, note } = await stackRegion(request.region, loaded.configuration, env);
  if (request.printIamPolicy === true) {
    // Which account and partition it is for is not known before AWS is asked; a policy holds in its own account only.
    const place = { partition: '*', accountId: '*', region };
    await print(healthPolicyText(planStack({ environment, place, ...loaded, now }).spec));
    return EXIT.ok;
  }
  const file = request.file ?? HEALTH_FILE;
  await ensureWritable(file);
  if (note !== undefined && !request.quiet) tell(`${note}\n`);
  const { place, account } = await openPlace(region, { env, signal });
  const clients = createClients({ region, credentials: account.credentials, env, signal });
  try {
    const asked = { environment, place, loaded, clients, now, signal, redeploy: redeployment(request, place.region) };
    const document = await examine(asked);
    if (signal.aborted) {
      tell('Interrupted: nothing was written.\n');
      return EXIT.interrupted;
    }
    await writeFileAtomically(file, [healthJson(document)]);
    if (request.summaryFile !== undefined) await addToJobSummary(request.summaryFile, renderHealthMarkdown(document));
    await print(shown(document, request.format, chalk));
    if (!request.quiet && request.format !== 'json') tell(plainText(`The whole of it is in ${file}.\n`));
    return healthExitCode(document);
  } finally {
    clients.destroy();
  }
}

function shown(document: HealthDocument, format: HealthFormat, chalk: ChalkInstance): string {
  if (format === 'json') return healthJson(document);
  return [...(format === 'markdown' ? renderHealthMarkdown(document) : renderHealth(document, chalk))].join('');
}

/** Makes anew what is missing, and as it should be what was changed by hand. */
function redeployment({ environment = '', config, region: flag }: HealthRequest, region: string): Remedy {
  const words = ['compliancectl', 'deploy', '-e', environment];
  const more = [...(config === undefined ? [] : ['--config', config]), '--region', flag ?? region];
  return {
    remedy: 'Deploy again: what is missing is made anew, and what was changed by hand is set right.',
    command: [...words, ...more, '--refresh'].map(quoted).join(' '),
  };
}

export interface Examination {
  readonly environment: string;
  readonly place: Place;
  readonly loaded: LoadedSettings;
  readonly clients: Clients;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly redeploy: Remedy;
}

/** Reads and judges every part of the stack; what AWS does not say is a gap. */
export async function examine(asked: Examination): Promise<HealthDocument> {
  const { environment, place, loaded, clients, now, signal, redeploy } = asked;
  const gaps = new GapLog();
  const reading: Reading = { clients, place, signal, now, gaps };
  const usesConfig = Object.keys(BLUEPRINTS[loaded.configuration.preset].configRules).length > 0;
  const recorder = usesConfig ? await readRecorders(reading) : known(null);
  const name = recorder.known ? recorder.value?.name : undefined;
  const { spec } = planStack({ environment, place, ...loaded, now, ...(name !== undefined && { recorder: name }) });
  const [metrics, alarms, key] = await Promise.all([
    readMetrics(metricQueries(spec), reading),
    readAlarms(
      spec.alarms.map((alarm) => alarm.name),
      reading,
    ),
    readStackKey(spec, reading),
  ]);
  const keyArn = key.known ? key.value?.arn : undefined;
  const checking: Checking = { now, region: place.region, keyArn, redeploy };
  const looks = looksAt(spec, { metrics, alarms, key, recorder }, reading, checking);
  const judged = await mapConcurrently(looks, SIDE_BY_SIDE, async (look) => look());
  return healthDocument(spec, { judged, gaps: gaps.sorted(), now });
}

async function readStackKey({ key }: StackSpec, reading: Reading) {
  return key === undefined ? known(null) : readKey(key.alias, reading);
}
