import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { DescribeInstancesCommandInput, DescribeInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { namedInstances } from '../../src/inventory/named-instances.ts';
import { serviceError } from '../support/aws-errors.ts';
import { onlyClients } from '../support/clients.ts';
import { thrownBy } from '../support/errors.ts';

const scope = { accountId: '111122223333', partition: 'aws', region: 'eu-west-1' };

describe('instances asked for by id', () => {
  const ec2 = new EC2Client({ region: 'eu-west-1' });
  const aws = mockClient(ec2);
  beforeEach(() => aws.reset());

  let asked: DescribeInstancesCommandInput[];
  const answers = (answer: (ids: readonly string[]) => Partial<DescribeInstancesCommandOutput>): void => {
    asked = [];
    aws.on(DescribeInstancesCommand).callsFake((input: DescribeInstancesCommandInput) => {
      asked.push({ ...input });
      return answer(input.InstanceIds ?? []);
    });
  };
  const look = async (...ids: readonly string[]): Promise<string[]> => {
    const { signal } = new AbortController();
    return [...(await namedInstances(ids, { clients: onlyClients({ ec2 }), scope, signal })).keys()];
  };
  /** EC2 as it knows these and no others. */
  const knows =
    (ids: readonly string[], refusal: (unknown: readonly string[]) => Error) =>
    (named: readonly string[]): Partial<DescribeInstancesCommandOutput> => {
      const unknown = named.filter((id) => !ids.includes(id));
      if (unknown.length > 0) throw refusal(unknown);
      return { Reservations: named.map((id) => ({ Instances: [described(id)] })) };
    };

  it('takes one call, without a page size, and each id once', async () => {
    answers(knows(['i-1', 'i-2'], () => new Error('never')));

    expect(await look('i-1', 'i-2', 'i-1')).to.deep.equal(['i-1', 'i-2']);
    expect(asked).to.deep.equal([{ InstanceIds: ['i-1', 'i-2'], MaxResults: undefined, NextToken: undefined }]);
  });

  it('takes no call where there is nothing to ask for: an empty list would be all there are', async () => {
    answers(() => ({ Reservations: [] }));

    expect(await look()).to.deep.equal([]);
    expect(asked).to.deep.equal([]);
  });

  it('reads a second page', async () => {
    const pages = [{ Reservations: [{ Instances: [described('i-1')] }], NextToken: 'more' }, { Reservations: [] }];
    answers(() => pages[asked.length - 1] ?? {});

    expect(await look('i-1', 'i-2')).to.deep.equal(['i-1']);
    expect(asked.map(({ NextToken }) => NextToken)).to.deep.equal([undefined, 'more']);
  });

  const refusals: readonly [name: string, refusal: (unknown: readonly string[]) => Error, calls: readonly string[]][] =
    [
      [
        'one that is gone',
        ([id]) => serviceError('InvalidInstanceID.NotFound', 400, `The instance ID '${id}' does not exist`),
        ['i-1,i-0dead,i-2,i-0beef', 'i-1,i-2,i-0beef', 'i-1,i-2'],
      ],
      [
        'several that are gone',
        (ids) => serviceError('InvalidInstanceID.NotFound', 400, `The instance IDs '${ids.join(', ')}' do not exist`),
        ['i-1,i-0dead,i-2,i-0beef', 'i-1,i-2'],
      ],
      [
        'one that never was',
        ([id]) => serviceError('InvalidInstanceID.Malformed', 400, `Invalid id: "${id}"`),
        ['i-1,i-0dead,i-2,i-0beef', 'i-1,i-2,i-0beef', 'i-1,i-2'],
      ],
      [
        'some that it does not name',
        () => serviceError('InvalidInstanceID.NotFound', 400, 'Some do not exist'),
        ['i-1,i-0dead,i-2,i-0beef', 'i-1', 'i-0dead', 'i-2', 'i-0beef'],
      ],
    ];
  for (const [name, refusal, calls] of refusals) {
    it(`asks again without ${name}`, async () => {
      answers(knows(['i-1', 'i-2'], refusal));

      expect(await look('i-1', 'i-0dead', 'i-2', 'i-0beef')).to.deep.equal(['i-1', 'i-2']);
      expect(asked.map(({ InstanceIds }) => InstanceIds?.join(','))).to.deep.equal(calls);
    });
  }

  it('throws a refusal of another kind on', async () => {
    const error = serviceError('UnauthorizedOperation', 403, 'You are not authorized');
    answers(() => {
      throw error;
    });

    expect(await thrownBy(() => look('i-1', 'i-2'))).to.equal(error);
    expect(asked).to.have.lengthOf(1);
  });
});

function described(InstanceId: string) {
  return { InstanceId, InstanceType: 't3.micro' as const, State: { Name: 'running' as const } };
}
