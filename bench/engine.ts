// Verdicts a second in the engine alone, without reading or writing: node bench/engine.ts
import { Evaluator } from '../src/engine/evaluate.ts';
import type { Resource } from '../src/engine/model.ts';
import { rules } from '../src/engine/rules/index.ts';
import { FULL_SIZE, placesOf, REGIONS, resourcesIn } from './support/estate.ts';
import { median, printTable, whole } from './support/table.ts';

const WARM_UP = 3;
const ROUNDS = 11;

const resources = placesOf(FULL_SIZE, REGIONS).flatMap((place) => Array.from(resourcesIn(place)));
const chosen = rules.map((rule) => ({ rule, parameters: rule.parameters.parse({}) }));

for (let round = 0; round < WARM_UP; round += 1) judge(resources);
const rounds = Array.from({ length: ROUNDS }, () => judge(resources));
const seconds = median(rounds.map((round) => round.seconds));
const { verdicts = 0, findings = 0 } = rounds[0] ?? {};

printTable(`Engine alone, median of ${ROUNDS} rounds`, [
  ['measure', 'figure', 'target'],
  ['resources', whole(resources.length), ''],
  ['rules', whole(rules.length), ''],
  ['verdicts', whole(verdicts), ''],
  ['findings', whole(findings), ''],
  ['time', `${(seconds * 1000).toFixed(0)} ms`, ''],
  ['verdicts a second', whole(verdicts / seconds), '1,000,000'],
]);

function judge(estate: readonly Resource[]) {
  const evaluator = new Evaluator(chosen);
  let findings = 0;
  const started = performance.now();
  for (const resource of estate) findings += evaluator.evaluate(resource).length;
  const seconds = (performance.now() - started) / 1000;
  return { seconds, findings, verdicts: evaluator.totals().summary.total_evaluations };
}
