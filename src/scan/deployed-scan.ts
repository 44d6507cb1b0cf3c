/** The answer of a deployed scanner made into a scan: its document fetched, what was asked for picked out of it. */
import type { S3Client } from '@aws-sdk/client-s3';

import { awsErrorNamed, failureOf } from '../aws/errors.ts';
import { throughCuts } from '../aws/retry.ts';
import { GET_OBJECT, uriOf } from '../aws/s3-objects.ts';
import type { StoredObject } from '../aws/s3-objects.ts';
import { BaselineComparison } from '../engine/baseline.ts';
import type { Evaluation, Status } from '../engine/evaluation.ts';
import type { AnyRule } from '../engine/rule.ts';
import { rules as builtIn } from '../engine/rules/index.ts';
import type { Scan, ScanHead } from '../engine/scan-document.ts';
import { scanAnswer } from '../functions/scan-answer.ts';
import type { ScanAnswer } from '../functions/scan-answer.ts';
import { bucketStorage } from '../history/scan-storage.ts';
import { readScan, scanFrom, UnreadableDocumentError } from '../history/scan-stream.ts';
import type { ScanReader } from '../history/scan-stream.ts';
import { plainLine } from '../report/plain-text.ts';
import { plural } from '../report/plural.ts';
import { EXIT, UserError } from '../user-error.ts';
import { coveredBy } from './coverage.ts';
import { logGroupOf } from './deployed-scanner.ts';
import type { DeployedScanner } from './deployed-scanner.ts';
import type { Judged } from './outcome.ts';
import type { RemotePlan } from './remote-plan.ts';

/** A scan of a deployed function, as one that ran here is shown and judged. */
export interface DeployedScan extends Judged {
  readonly omitted: number;
  /** The rules of the settings, and what other built-in ones have judged. */
  readonly rules: readonly AnyRule[];
  /** What the person should know beside the result. */
  readonly notes: readonly string[];
}

/** How to reach the document. */
export interface Reading {
  readonly s3: () => Promise<S3Client>;
  readonly signal: AbortSignal;
}

/** @throws UserError `BAD_ANSWER` where the answer is none of a scan */
export function readAnswer(value: unknown, scanner: DeployedScanner): ScanAnswer {
  const { data, error } = scanAnswer.safeParse(value);
  if (data !== undefined) return data;
  throw new UserError(`${scanner.name} gave an answer that is none of a scan.`, {
    code: 'BAD_ANSWER',
    suggestions: [
      'Deploy the stack again with this version of compliancectl',
      `Its log group says more: ${logGroupOf(scanner)}`,
    ],
    exitCode: EXIT.failed,
    cause: error,
  });
}

/**
 * @throws UserError `DOCUMENT_DENIED`, `DOCUMENT_MISSING`, `DOCUMENT_UNREADABLE` where the document cannot be had: each says
 *   what the scan came to all the same
 */
export async function deployedScan(
  answer: ScanAnswer,
  plan: RemotePlan,
  scanner: DeployedScanner,
  reading: Reading,
): Promise<DeployedScan> {
  const { scan, omitted } = await scanIn(answer, plan, scanner, reading);
  const chosen = plan.rules.map(({ rule }) => rule);
  const others = builtIn.filter((rule) => hasJudged(scan, rule) && !chosen.includes(rule));
  const rules = [...chosen, ...others];
  return {
    ...compared(scan, { ...plan, rules, omitted }),
    // A function that could read nothing at all fails, and gives no answer.
    readable: true,
    omitted,
    rules,
    notes: [...deliveryNotes(answer), ...omissionNotes(omitted, scan), ...inclusionNotes(answer, plan, scan)],
  };
}

function hasJudged({ head }: Scan, { id }: AnyRule): boolean {
  return head.by_rule[id] !== undefined;
}

interface Found {
  readonly scan: Scan;
  readonly omitted: number;
}

async function scanIn(
  answer: ScanAnswer,
  { reported }: RemotePlan,
  scanner: DeployedScanner,
  reading: Reading,
): Promise<Found> {
  const wanted = ({ status }: Evaluation) => reported.has(status);
  const { document, scan, evaluations_omitted: omitted = 0 } = answer;
  if (document !== undefined) return { scan: await fetched(document, answer, wanted, reading), omitted: 0 };
  if (scan === undefined) {
    throw new UserError(
      `The answer of ${scanner.name} holds no scan, and says of none where it lies. ${told(answer)}`,
      {
        code: 'BAD_ANSWER',
        suggestions: ['Deploy the stack again with this version of compliancectl'],
        exitCode: EXIT.failed,
      },
    );
  }
  try {
    const { head, evaluations } = scanFrom(scan);
    return { scan: { head, evaluations: evaluations.filter(wanted) }, omitted };
  } catch (error) {
    throw unreadable(error, `the answer of ${scanner.name}`, answer);
  }
}

/** The document from its bucket: of its evaluations only those are held that are wanted. */
async function fetched(
  document: StoredObject,
  answer: ScanAnswer,
  wanted: (evaluation: Evaluation) => boolean,
  { s3, signal }: Reading,
): Promise<Scan> {
  const collect = (head: ScanHead): ScanReader<Scan> => {
    const evaluations: Evaluation[] = [];
    return {
      evaluation: (evaluation) => {
        if (wanted(evaluation)) evaluations.push(evaluation);
      },
      end: () => ({ head, evaluations }),
    };
  };
  try {
    const storage = bucketStorage(await s3(), document.bucket, signal);
    const scan = await throughCuts(async () => readScan(await storage.open(document.key), collect), signal);
    // Only a scan that is not wanted is not read.
    return scan as Scan;
  } catch (error) {
    if (signal.aborted) throw error;
    throw unreadable(error, uriOf(document), answer);
  }
}

/** With what became of each failure since the baseline, where there is one. */
function compared(
  scan: Scan,
  { baseline, rules, omitted }: Pick<RemotePlan, 'baseline'> & Pick<DeployedScan, 'rules' | 'omitted'>,
): Scan {
  if (baseline === undefined) return scan;
  const comparison = new BaselineComparison(baseline);
  const evaluations = scan.evaluations.map((evaluation) => comparison.compare(evaluation));
  // A rule that has judged nothing may not have run there; what is missing may have failed.
  const ran = rules.filter((rule) => hasJudged(scan, rule)).map((rule) => ({ rule, parameters: {} }));
  const { gaps, ...head } = scan.head;
  const covered = omitted > 0 ? () => false : coveredBy({ rules: ran, tags: [] }, scan.head, scan.head);
  return { head: { ...head, baseline: comparison.summary(covered), gaps }, evaluations };
}

function deliveryNotes({ deliveries }: ScanAnswer): string[] {
  return deliveries
    .filter(({ status }) => status === 'failed')
    .map(
      ({ sink, reason = 'it does not say why' }) => `The function could not deliver the ${sink}: ${plainLine(reason)}.`,
    );
}

function omissionNotes(omitted: number, { head }: Scan): string[] {
  if (omitted === 0) return [];
  const counted = plural(head.summary.total_evaluations, 'verdict');
  return [
    `${plural(omitted, 'evaluation')} had no room in the answer of the function, which has no bucket: the score and the counts are of all ${counted}, the findings are not all shown.`,
  ];
}

/** What passes is stored, and not sent: a function without a bucket has none of it to give. */
function inclusionNotes({ document }: ScanAnswer, { reported }: RemotePlan, { head, evaluations }: Scan): string[] {
  const lacks = (status: Status, counted: number) =>
    reported.has(status) && counted > 0 && !evaluations.some((evaluation) => evaluation.status === status);
  const { compliant, not_applicable } = head.summary;
  if (document !== undefined || !(lacks('PASS', compliant) || lacks('NOT_APPLICABLE', not_applicable))) return [];
  return ['The function has no bucket, and answers with what is amiss alone: --include adds nothing.'];
}

/** What the answer itself says of a scan whose document cannot be had. */
function told({ summary, complete }: ScanAnswer): string {
  const count = (name: string) => summary[name] ?? 0;
  const { score } = summary;
  const came = [
    `${count('non_compliant')} FAIL`,
    `${count('unknown')} UNKNOWN`,
    `${count('waived')} WAIVED`,
    `${count('compliant')} PASS`,
  ].join(', ');
  const cut = complete ? '' : ', cut short';
  return `The scan was made${cut}: score ${score === undefined || score === null ? 'none' : score.toFixed(2)}, ${came}.`;
}

/** What a person is told of a document that cannot be read; a defect of ours stays one. */
function unreadable(error: unknown, what: string, answer: ScanAnswer): unknown {
  const details = { exitCode: EXIT.failed, cause: error };
  if (error instanceof UnreadableDocumentError) {
    const newer = error.fault === 'newer-schema';
    return new UserError(`${error.message.replace(/\.$/, '')}: ${what}. ${told(answer)}`, {
      ...details,
      code: 'DOCUMENT_UNREADABLE',
      suggestions: [newer ? 'Use the version of compliancectl that deployed the stack, or a later one' : 'Scan again'],
    });
  }
  if (awsErrorNamed(error, 'NoSuchKey', 'NoSuchBucket')) {
    return new UserError(`There is no document ${what} any more. ${told(answer)}`, {
      ...details,
      code: 'DOCUMENT_MISSING',
      suggestions: ['Scan again, and look for what deletes from the bucket'],
    });
  }
  const failure = failureOf(error);
  if (failure === undefined) return error;
  if (failure.reason === 'denied') {
    // S3 decrypts in the caller's name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    const action = failure.detail.includes('kms:Decrypt') ? 'kms:Decrypt' : GET_OBJECT.action;
    const detail = /denied$/i.test(failure.detail) ? '' : ` (${failure.detail})`;
    return new UserError(`AWS denied ${action} on ${what}${detail}. ${told(answer)}`, {
      ...details,
      code: 'DOCUMENT_DENIED',
      suggestions: [
        action === GET_OBJECT.action ? `Allow ${action} on the objects of that bucket` : `Allow ${action} on its key`,
      ],
    });
  }
  return new UserError(`${what} could not be read: ${failure.detail}. ${told(answer)}`, {
    ...details,
    code: 'DOCUMENT_UNREADABLE',
    suggestions: ['Read it later: aws s3 cp, and gunzip'],
  });
}
