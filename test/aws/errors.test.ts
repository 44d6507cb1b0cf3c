import { expect } from 'chai';

import { failureInRegion, failureOf, isCredentialsError, MalformedAnswerError, present } from '../../src/aws/errors.ts';
import type { Failure } from '../../src/aws/errors.ts';
import { networkError, serviceError } from '../support/aws-errors.ts';
import { thrownBy } from '../support/errors.ts';

const named = (name: string, message = 'What it said.') => Object.assign(new Error(message), { name });

describe('what must be present', () => {
  it('is given as it is, however empty', () => {
    expect(present('', 'Arn')).to.equal('');
    expect(present(null, 'Arn')).to.equal(null);
    expect(present([], 'Reservations')).to.deep.equal([]);
  });

  it('makes a malformed answer where it is missing', async () => {
    const error = await thrownBy(() => present(undefined, 'reservationSet'));
    expect(error).to.be.instanceOf(MalformedAnswerError);
    expect(error).to.include({ name: 'MalformedAnswerError', message: 'The answer has no reservationSet' });
  });
});

describe('the failure of a call', () => {
  const because = (reason: Failure['reason'], error: Error, detail = 'What it said') => ({ reason, error, detail });
  const codes = {
    denied: [
      'AccessDenied',
      'AccessDeniedException',
      'AuthorizationError',
      'AuthorizationErrorException',
      'UnauthorizedOperation',
      'Client.UnauthorizedOperation',
      'AllAccessDisabled',
    ],
    throttled: [
      'BandwidthLimitExceeded',
      'EC2ThrottledException',
      'RequestLimitExceeded',
      'RequestThrottled',
      'RequestThrottledException',
      'SlowDown',
      'ThrottledException',
      'Throttling',
      'ThrottlingException',
      'TooManyRequestsException',
    ],
    unreachable: ['OptInRequired', 'InvalidRegionError', 'IllegalLocationConstraintException'],
  } as const;
  it('is unreachable where an object came damaged', () => {
    const error = new Error('Checksum mismatch: expected "RVoVPw==" but received "s/jHXg==".');
    expect(failureOf(error)?.reason).to.equal('unreachable');
  });

  for (const [reason, names] of Object.entries(codes)) {
    for (const name of names) {
      it(`is ${reason} where AWS says ${name}`, () => {
        const status = reason === 'throttled' ? 503 : 400;
        expect(failureOf(serviceError(name, status, 'What it said.'))).to.deep.equal({
          reason,
          detail: 'What it said',
        });
      });
    }
  }

  for (const code of [
    'EAI_AGAIN',
    'ECONNABORTED',
    'ECONNREFUSED',
    'ECONNRESET',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EPIPE',
    'ETIMEDOUT',
  ]) {
    it(`is unreachable where the network says ${code}`, () => {
      expect(failureOf(networkError(code, `connect ${code} 127.0.0.1:1`))).to.deep.equal({
        reason: 'unreachable',
        detail: `connect ${code} 127.0.0.1:1`,
      });
    });
  }

  const cases: Record<string, { reason: Failure['reason']; error: Error; detail: string }> = {
    'throttled for its status alone': because('throttled', serviceError('Unheard', 429, 'What it said.')),
    'denied for its status alone': because('denied', serviceError('Forbidden', 403, 'What it said.')),
    'an error where credentials are refused with 403': because(
      'error',
      serviceError('InvalidClientTokenId', 403, 'The token is invalid.'),
      'InvalidClientTokenId: The token is invalid',
    ),
    'an error where AWS is broken': because(
      'error',
      serviceError('InternalError', 500, 'What it said.'),
      'InternalError: What it said',
    ),
    'an error without the name that says nothing': because(
      'error',
      Object.assign(new Error('What it said.'), { $metadata: { attempts: 8 } }),
    ),
    'an error where no credentials were found': because('error', named('CredentialsProviderError')),
    'an error where the answer is malformed': because('error', new MalformedAnswerError('What it said')),
    'unreachable where the time for one request ran out': because('unreachable', named('TimeoutError')),
    'interrupted where the call was aborted': because('interrupted', named('AbortError'), 'The scan was interrupted'),
    'an error of the network that is not known': because(
      'error',
      Object.assign(networkError('CERT_HAS_EXPIRED', 'certificate has expired'), { $metadata: {} }),
      'certificate has expired',
    ),
  };
  for (const [what, { error, ...failure }] of Object.entries(cases)) {
    it(`is ${what}`, () => {
      expect(failureOf(error)).to.deep.equal(failure);
    });
  }

  it('says the code where a host with several addresses gives no message', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(failureOf(error)).to.deep.equal({ reason: 'unreachable', detail: 'ECONNREFUSED' });
  });

  it('says the name where there is nothing else', () => {
    expect(failureOf(serviceError('Odd', 500, ''))).to.deep.equal({ reason: 'error', detail: 'Odd: Odd' });
  });

  it('is on one line, without what helps nobody', () => {
    const detail = (message: string) => failureOf(serviceError('AccessDenied', 403, message))?.detail;
    expect(detail('Not allowed.\n  Not\tat all. ')).to.equal('Not allowed. Not at all');
    expect(detail('Not allowed. Encoded authorization failure message: AbC-123_xyz')).to.equal('Not allowed');
    expect(
      detail('Bad XML.\n  Deserialization error: to see the raw response, inspect the hidden field\nand so on.'),
    ).to.equal('Bad XML');
    expect(detail('x'.repeat(600))).to.equal('x'.repeat(500));
  });

  it("is nobody's where the error is a defect of ours, or no error at all", () => {
    expect(failureOf(new TypeError('ours'))).to.equal(undefined);
    expect(failureOf('a string')).to.equal(undefined);
    expect(failureOf(undefined)).to.equal(undefined);
    expect(failureOf(networkError('ERR_ASSERTION', 'ours'))).to.equal(undefined);
  });
});

describe('trouble with the credentials themselves', () => {
  for (const name of [
    'AuthFailure',
    'CredentialsProviderError',
    'ExpiredToken',
    'ExpiredTokenException',
    'InvalidAccessKeyId',
    'InvalidClientTokenId',
    'RequestExpired',
    'SignatureDoesNotMatch',
    'TokenRefreshRequired',
    'UnrecognizedClientException',
  ]) {
    it(`is ${name}`, () => {
      expect(isCredentialsError(named(name))).to.equal(true);
    });
  }

  it('is not a denial, and not what is no error', () => {
    expect(isCredentialsError(named('AccessDenied'))).to.equal(false);
    expect(isCredentialsError('ExpiredToken')).to.equal(false);
  });
});

describe('failureInRegion', () => {
  it('wonders whether the region is enabled, where it knows no credentials', () => {
    const error = serviceError('AuthFailure', 401, 'AWS was not able to validate the provided access credentials');
    expect(failureInRegion(error)).to.deep.equal({
      reason: 'unreachable',
      detail:
        'AuthFailure: AWS was not able to validate the provided access credentials - is the region enabled for the account?',
    });
  });

  it('says of other errors what failureOf says, and nothing of those that came from no call', () => {
    const expired = serviceError('ExpiredToken', 400, 'The token has expired');
    expect(failureInRegion(expired)).to.deep.equal(failureOf(expired));
    expect(failureInRegion(new TypeError('ours'))).to.equal(undefined);
  });
});
