import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { historyItems } from '../../src/history/history-table.ts';
import { historyReport } from '../../src/history/reports.ts';
import { serviceError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';
import { collected } from '../support/stored-scans.ts';

const ARN = 'arn:aws:s3:::logs';

/** As `publish/history.ts` writes it. */
function item(changes: object = {}) {
  return {
    resource_id: ARN,
    evaluation_timestamp: '2026-11-20T06:00:00.000Z#s3-bucket-encrypted#one',
    rule_id: 's3-bucket-encrypted',
    scan_id: 'one',
    evaluated_at: '2026-11-20T06:00:00.000Z',
    status: 'FAIL',
    compliance_type: 'NON_COMPLIANT',
    severity: 'high',
    category: 'encryption',
    resource_type: 'AWS::S3::Bucket',
    resource_name: 'logs',
    account_id: '111122223333',
    region: 'eu-west-1',
    message: 'Bucket logs is not encrypted.',
    facts: [{ key: 'none', message: 'It has no default encryption.' }],
    fingerprint: 'f1',
    ...changes,
  };
}

const evaluation = {
  fingerprint: 'f1',
  rule_id: 's3-bucket-encrypted',
  severity: 'high',
  category: 'encryption',
  resource_type: 'AWS::S3::Bucket',
  resource_id: 'logs',
  resource_arn: ARN,
  account_id: '111122223333',
  region: 'eu-west-1',
  status: 'FAIL',
  compliance_type: 'NON_COMPLIANT',
  message: 'Bucket logs is not encrypted.',
  facts: [{ key: 'none', message: 'It has no default encryption.' }],
  evaluated_at: '2026-11-20T06:00:00.000Z',
  scan_id: 'one',
};
const { facts: _, ...withoutFacts } = evaluation;

describe('historyItems', () => {
  const dynamodb = new DynamoDBClient({ region: 'eu-west-1' });
  const aws = mockClient(dynamodb);
  const { signal } = new AbortController();
  beforeEach(() => {
    aws.reset();
  });
  const pages = (...all: object[][]) => {
    all.forEach((items, index) => {
      const Items = items.map((each) => marshall(each));
      const more = index + 1 < all.length && { LastEvaluatedKey: marshall({ resource_id: `page ${index}` }) };
      aws
        .on(
          ScanCommand,
          ...(index === 0 ? [] : [{ ExclusiveStartKey: marshall({ resource_id: `page ${index - 1}` }) }]),
        )
        .resolves({ Items, ...more });
    });
  };
  const read = () => collected(historyItems(dynamodb, 'history', signal));

  it('gives every result, page after page, as it is this moment', async () => {
    pages(
      [item()],
      [],
      [item({ facts: [], status: 'PASS' }), item({ facts: undefined })].map(
        ({ ...each }) => JSON.parse(JSON.stringify(each)) as object,
      ),
    );
    expect(await read()).to.deep.equal([
      { evaluation },
      { evaluation: { ...withoutFacts, status: 'PASS' } },
      { evaluation: withoutFacts },
    ]);
    const inputs = aws.commandCalls(ScanCommand).map(({ args }) => args[0].input);
    expect(inputs.map(({ TableName, ConsistentRead }) => [TableName, ConsistentRead])).to.deep.equal(
      Array.from({ length: 3 }, () => ['history', true]),
    );
  });

  it('gives the current state too, without what only comparing needs', async () => {
    const current = item({
      evaluation_timestamp: 'CURRENT#s3-bucket-encrypted',
      digest: '[]',
      decided: { status: 'FAIL' },
    });
    pages([current]);
    expect(await read()).to.deep.equal([{ evaluation }]);
  });

  it('names items that are no results, and reads on', async () => {
    pages([
      { resource_id: ARN, evaluation_timestamp: 'note', text: 'mine', size: 12_345_678_901_234_567_890n },
      item({ status: 'COMPLIANT' }),
      item({ evaluated_at: '2026-11-20T06:00:00Z' }),
      item(),
    ]);
    const name = `${ARN} 2026-11-20T06:00:00.000Z#s3-bucket-encrypted#one`;
    expect(await read()).to.deep.equal([
      { skipped: { name: `${ARN} note`, message: 'rule_id: Invalid input: expected string, received undefined' } },
      {
        skipped: {
          name,
          message: 'status: Invalid option: expected one of "PASS"|"FAIL"|"NOT_APPLICABLE"|"UNKNOWN"|"WAIVED"',
        },
      },
      { skipped: { name, message: 'evaluated_at: Invalid ISO datetime' } },
      { evaluation },
    ]);
  });

  it('names an item whose key is none of ours', async () => {
    pages([{ id: 1 }]);
    expect(await read()).to.deep.equal([
      { skipped: { name: '? ?', message: 'resource_id: Invalid input: expected string, received undefined' } },
    ]);
  });

  it('throws where the table is denied, throttles, or answers with nothing', async () => {
    for (const error of [
      serviceError('AccessDeniedException', 400, 'not authorized to perform: dynamodb:Scan'),
      serviceError('ProvisionedThroughputExceededException', 400, 'The level of configured throughput was exceeded.'),
    ]) {
      aws.on(ScanCommand).rejects(error);
      expect(await thrownBy(read)).to.equal(error);
    }
    aws.on(ScanCommand).resolves({});
    expect(await thrownBy(read))
      .to.be.an('error')
      .with.property('message', 'The answer has no Items');
  });

  it('is what the report over the history is made of', async () => {
    pages([item({ status: 'PASS', evaluated_at: '2026-11-19T06:00:00.000Z' }), item()], [{ id: 1 }]);
    const table = { dynamodb, table: 'history', signal };
    const report = await historyReport(table, '2026-11-20T06:00:00.000Z', 'dev');
    expect(report.evaluations).to.deep.equal([evaluation]);
    expect(report.head.summary).to.deep.include({ total_evaluations: 1, compliant: 0, non_compliant: 1 });
    expect(report.head.skipped.count).to.equal(1);
  });
});
