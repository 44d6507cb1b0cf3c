/** Scans as renderers and exit codes see them. */
import { Chalk } from 'chalk';

import type { Evaluation, Gap } from '../../src/engine/evaluation.ts';
import type { RuleDescription } from '../../src/engine/rule-description.ts';
import type { ScanHead } from '../../src/engine/scan-document.ts';
import type { RenderContext } from '../../src/report/formats.ts';
import { noCounts } from '../../src/engine/score.ts';
import type { Counts } from '../../src/engine/score.ts';

export const counts = (changes: Partial<Counts>): Counts => ({ ...noCounts(), ...changes });

export function head(changes: Partial<ScanHead> = {}): ScanHead {
  return {
    schema: 'compliancectl.scan/1',
    scan_id: '6f1ac1f0-4c0e-4b8a-9a52-0d6c6c1d2a11',
    report_timestamp: '2026-11-03T04:05:06.789Z',
    environment: 'dev',
    source: 'live',
    complete: true,
    accounts: ['111122223333'],
    regions: ['eu-west-1'],
    summary: {
      total_resources: 0,
      total_evaluations: 0,
      compliant: 0,
      non_compliant: 0,
      not_applicable: 0,
      unknown: 0,
      waived: 0,
      compliance_percentage: null,
      evaluated_percentage: null,
      score: null,
    },
    by_resource_type: {},
    by_rule: {},
    by_severity: {},
    by_category: {},
    by_region: {},
    by_account: {},
    by_instance_type: {},
    waivers: [],
    gaps: [],
    ...changes,
  };
}

export function gap(changes: Partial<Gap> = {}): Gap {
  return {
    account_id: '111122223333',
    region: 'eu-west-1',
    api: 'ec2:DescribeInstances',
    reason: 'throttled',
    message: 'ec2:DescribeInstances was throttled to the end: Request limit exceeded.',
    calls: 1,
    ...changes,
  };
}

export function finding(changes: Partial<Evaluation> = {}): Evaluation {
  return {
    fingerprint: 'f211f86cdc851443be0a51bf1d018e15',
    rule_id: 'ec2-required-tags',
    severity: 'medium',
    category: 'tagging',
    resource_type: 'AWS::EC2::Instance',
    resource_id: 'i-0123456789abcdef0',
    resource_arn: 'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0',
    account_id: '111122223333',
    region: 'eu-west-1',
    status: 'FAIL',
    message: 'Instance i-0123456789abcdef0 lacks the tag Owner.',
    remediation: 'Add the missing tags.',
    ...changes,
  };
}

/** What a renderer is handed beside the scan. */
export function context(changes: Partial<RenderContext> = {}): RenderContext {
  return { chalk: new Chalk({ level: 0 }), limit: 50, toolVersion: '1.2.3', rules: [], ...changes };
}

/** A rule as it describes itself. */
export function ruleDescription(changes: Partial<RuleDescription> = {}): RuleDescription {
  return {
    id: 's3-thing-good',
    title: 'S3 thing is good',
    severity: 'high',
    category: 'configuration',
    resource_types: ['AWS::S3::Bucket'],
    rationale: 'A thing that is not good is bad.',
    remedy: 'Make it good.',
    parameters: [],
    permissions: ['s3:GetThing'],
    frameworks: [],
    ...changes,
  };
}
