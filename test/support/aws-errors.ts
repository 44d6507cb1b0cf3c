/** Errors as the SDK throws them. */
import { ServiceException } from '@smithy/core/client';

/** An error that AWS answered with. */
export function serviceError(name: string, httpStatusCode: number, message: string): Error {
  return new ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode } });
}

/** An error of the network, as Node throws it. */
export function networkError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
