import { ConfigServiceClient, GetResourceConfigHistoryCommand } from '@aws-sdk/client-config-service';
import { mockClient } from 'aws-sdk-client-mock';
import { expect } from 'chai';

import { GET_RESOURCE_CONFIG_HISTORY, recordedItem } from '../../src/inventory/config-history.ts';
import { serviceError } from '../support/aws-errors.ts';
import { handedOn } from '../support/collect.ts';
import { thrownBy } from '../support/errors.ts';

describe('asking AWS Config for what it has on record', () => {
  const config = new ConfigServiceClient({ region: 'eu-west-1' });
  const aws = mockClient(config);
  beforeEach(() => aws.reset());

  const before = new Date('2026-11-20T06:00:00Z');
  const { signal } = new AbortController();
  const ask = () => recordedItem(config, { resourceType: 'AWS::EC2::Volume', resourceId: 'vol-1' }, { before, signal });

  it('gives the latest item at or before the moment, and asks for that alone', async () => {
    const item = { resourceId: 'vol-1', arn: 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1' };
    aws.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [item] });

    expect(await ask()).to.deep.equal(item);
    expect(aws.commandCalls(GetResourceConfigHistoryCommand)[0]?.args[0].input).to.deep.equal({
      resourceType: 'AWS::EC2::Volume',
      resourceId: 'vol-1',
      laterTime: before,
      limit: 1,
    });
    expect(handedOn(signal, aws)).to.deep.equal([true]);
    expect(GET_RESOURCE_CONFIG_HISTORY.action).to.equal('config:GetResourceConfigHistory');
  });

  it('gives nothing where there was none yet', async () => {
    aws.on(GetResourceConfigHistoryCommand).resolves({ configurationItems: [] });
    expect(await ask()).to.equal(undefined);
  });

  it('gives nothing where Config does not know the resource', async () => {
    aws.on(GetResourceConfigHistoryCommand).rejects(serviceError('ResourceNotDiscoveredException', 400, 'Unknown'));
    expect(await ask()).to.equal(undefined);
  });

  it('throws on where it is denied', async () => {
    const denied = serviceError('AccessDeniedException', 400, 'No');
    aws.on(GetResourceConfigHistoryCommand).rejects(denied);
    expect(await thrownBy(ask)).to.equal(denied);
  });

  it('throws where the answer lacks the list', async () => {
    aws.on(GetResourceConfigHistoryCommand).resolves({});
    expect(((await thrownBy(ask)) as Error).message).to.equal('The answer has no configurationItems');
  });
});
