/** The AWS Config sink: verdicts put in batches that the API takes. */
import type {
  ComplianceType,
  ConfigServiceClient,
  Evaluation as ConfigEvaluation,
} from '@aws-sdk/client-config-service';

import type { Call } from '../aws/call.ts';

/** Supports no resource. */
export const PUT_EVALUATIONS: Call = {
  operation: 'PutEvaluations',
  action: 'config:PutEvaluations',
  resource: null,
};

/** One verdict, as AWS Config knows the resource. */
export interface ConfigVerdict {
  readonly resourceType: string;
  /** Config's own: of a database, the id that stays when it is renamed. */
  readonly resourceId: string;
  /** What can be put: `INSUFFICIENT_DATA` is for Config alone to say. */
  readonly compliance: Exclude<ComplianceType, 'INSUFFICIENT_DATA'>;
  readonly annotation: string;
}

export interface PutEvaluationsOptions {
  readonly resultToken: string;
  /** Of which moment the verdicts are: Config keeps the latest. */
  readonly orderingTimestamp: Date;
  readonly signal: AbortSignal;
}

/** Evaluations that one call takes (docs.aws.amazon.com/config/latest/APIReference/API_PutEvaluations.html). */
const BATCH = 100;

/** Characters of an annotation, at most; at least one. */
const ANNOTATION_LIMIT = 256;

/** How often a verdict is put that Config answers it could not take. */
const ATTEMPTS = 3;

/** What the annotation of a waived failure begins with: it is neither compliant, nor should it page anyone. */
export const WAIVED_UNTIL = 'Waived until ';

/** The token of a trial run: the API checks what it is given and keeps nothing. */
export const TEST_TOKEN = 'TESTMODE';

/**
 * Puts every batch, also where one before it was not taken.
 *
 * @throws Error where Config refused some verdicts to the end; what the call throws, as soon as one is refused whole
 */
export async function putEvaluations(
  config: ConfigServiceClient,
  verdicts: readonly ConfigVerdict[],
  options: PutEvaluationsOptions,
): Promise<void> {
  const refused: ConfigEvaluation[] = [];
  for (let start = 0; start < verdicts.length; start += BATCH) {
    const batch = verdicts.slice(start, start + BATCH).map((verdict) => asConfigHasIt(verdict, options));
    refused.push(...(await putBatch(config, batch, options)));
  }
  const [first] = refused;
  if (first === undefined) return;
  throw new Error(
    `AWS Config did not take ${refused.length} of ${verdicts.length} evaluations, that of ${first.ComplianceResourceId} first.`,
  );
}

/** @returns what Config did not take, however often it was asked */
async function putBatch(
  config: ConfigServiceClient,
  batch: readonly ConfigEvaluation[],
  { resultToken, signal }: PutEvaluationsOptions,
): Promise<readonly ConfigEvaluation[]> {
  const { PutEvaluationsCommand } = await import('@aws-sdk/client-config-service');
  let left = batch;
  for (let attempt = 0; attempt < ATTEMPTS && left.length > 0; attempt += 1) {
    const request = new PutEvaluationsCommand({
      Evaluations: [...left],
      ResultToken: resultToken,
      ...(resultToken === TEST_TOKEN && { TestMode: true }),
    });
    const { FailedEvaluations } = await config.send(request, { abortSignal: signal });
    // Not one of the elements that are always there: an answer to a call in which nothing failed may be empty.
    left = FailedEvaluations ?? [];
  }
  return left;
}

function asConfigHasIt(
  { resourceType, resourceId, compliance, annotation }: ConfigVerdict,
  { orderingTimestamp }: PutEvaluationsOptions,
): ConfigEvaluation {
  return {
    ComplianceResourceType: resourceType,
    ComplianceResourceId: resourceId,
    ComplianceType: compliance,
    Annotation: annotationOf(annotation),
    OrderingTimestamp: orderingTimestamp,
  };
}

/** One line, and not over long: Config refuses any other. */
function annotationOf(text: string): string {
  const line = text.replaceAll(/[\s\p{C}]+/gu, ' ').trim() || '-';
  if (line.length <= ANNOTATION_LIMIT) return line;
  // Half of a character that takes two is none.
  return `${line.slice(0, ANNOTATION_LIMIT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
