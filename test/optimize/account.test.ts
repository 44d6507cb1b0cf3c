import { ListAccountAliasesCommand } from '@aws-sdk/client-iam';
import { expect } from 'chai';

import { known } from '../../src/engine/model.ts';
import { accountAlias } from '../../src/optimize/account.ts';
import { serviceError } from '../support/aws-errors.ts';
import { stubbedAws } from '../support/optimize-aws.ts';

describe('the alias of the account', () => {
  it('is what IAM says, and none where there is none', async () => {
    const aws = stubbedAws();
    aws.iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: ['acme-dev'] });
    expect(await accountAlias(aws.clients, aws.signal)).to.deep.equal(known('acme-dev'));
    expect(aws.calls()).to.deep.equal([{ operation: 'ListAccountAliases', input: {}, signal: aws.signal }]);
    aws.iam.on(ListAccountAliasesCommand).resolves({ AccountAliases: [] });
    expect(await accountAlias(aws.clients, aws.signal)).to.deep.equal(known(null));
  });

  it('is not known where that is denied, or answered without the list', async () => {
    const aws = stubbedAws();
    aws.iam.on(ListAccountAliasesCommand).rejects(serviceError('AccessDenied', 403, 'not authorized'));
    expect(await accountAlias(aws.clients, aws.signal)).to.deep.equal({
      known: false,
      reason: 'denied',
      permission: 'iam:ListAccountAliases',
    });
    aws.iam.on(ListAccountAliasesCommand).resolves({});
    expect(await accountAlias(aws.clients, aws.signal)).to.deep.equal({ known: false, reason: 'error' });
  });
});
