/** Scan documents read back from files. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import * as z from 'zod';

import type { Baseline, EarlierFinding } from '../engine/baseline.ts';
import { SCAN_SCHEMA } from '../engine/scan-document.ts';
import { SEVERITIES } from '../engine/verdict.ts';
import { systemReason, UserError } from '../user-error.ts';

const earlierFinding = z.object({
  fingerprint: z.string(),
  rule_id: z.string(),
  severity: z.enum(SEVERITIES),
  resource_type: z.string(),
  resource_id: z.string(),
  resource_arn: z.string(),
  account_id: z.string(),
  region: z.string(),
  facts: z.array(z.object({ key: z.string(), message: z.string() })).optional(),
});

const scanFile = z.object({
  schema: z.literal(SCAN_SCHEMA),
  scan_id: z.string(),
  report_timestamp: z.string(),
  evaluations: z.array(earlierFinding.extend({ status: z.string() })),
});

/**
 * The failures of an earlier scan, from the document that `scan --json` printed, gzipped or not.
 *
 * @throws UserError `BASELINE_*` where it is not there, not such a document, or of a newer version
 */
export function readBaseline(file: string): Baseline {
  const value = parse(file, read(file));
  const { data, error } = scanFile.safeParse(value);
  if (data === undefined) throw foreign(file, value, error);
  const failures = data.evaluations
    .filter(({ status }) => status === 'FAIL')
    .map((failure) => earlierFinding.parse(failure) as EarlierFinding);
  return { scanId: data.scan_id, reportTimestamp: data.report_timestamp, failures };
}

function read(file: string): Buffer {
  try {
    const bytes = readFileSync(file);
    const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return gzipped ? gunzipSync(bytes) : bytes;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const missing = 'code' in error && error.code === 'ENOENT';
    const say = (name: string) =>
      missing ? `There is no file ${name}.` : `${name} could not be read: ${systemReason(error)}.`;
    throw new UserError(
      { typed: file, say },
      {
        code: missing ? 'BASELINE_MISSING' : 'BASELINE_UNREADABLE',
        suggestions: ['Write a baseline with: compliancectl scan --local --json > baseline.json'],
        cause: error,
      },
    );
  }
}

function parse(file: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new UserError(
      { typed: file, say: (name) => `${name} is not JSON, or was cut short.` },
      {
        code: 'BASELINE_FOREIGN',
        suggestions: ['Write a baseline with: compliancectl scan --local --json > baseline.json'],
        cause: error,
      },
    );
  }
}

function foreign(file: string, value: unknown, cause: unknown): UserError {
  const { data } = z.object({ schema: z.string().startsWith('compliancectl.scan/') }).safeParse(value);
  if (data !== undefined && data.schema !== SCAN_SCHEMA) {
    const version = data.schema.slice(0, 40);
    return new UserError(
      { typed: file, say: (name) => `${name} is a scan document of another version (${version}).` },
      {
        code: 'BASELINE_VERSION',
        suggestions: ['Write a new baseline with this version: compliancectl scan --local --json > baseline.json'],
      },
    );
  }
  return new UserError(
    { typed: file, say: (name) => `${name} is not a scan document of compliancectl.` },
    {
      code: 'BASELINE_FOREIGN',
      suggestions: ['Write a baseline with: compliancectl scan --local --json > baseline.json'],
      cause,
    },
  );
}
