/** AWS's refusals, told as the provider tells them. */
import { ServiceException } from '@smithy/core/client';

/** The operation that an error answers: `S3`, `CreateBucket`. */
interface Operation {
  readonly service: string;
  readonly operation: string;
}

const operations = new WeakMap<object, Operation>();

type AddMiddleware = (
  middleware: (next: (args: never) => Promise<unknown>, context: object) => (args: never) => Promise<unknown>,
  options: { readonly step: 'initialize' },
) => void;

/** Has the client's errors remember which operation they answer. */
export function noteOperation(client: object): void {
  const { middlewareStack } = client as { readonly middlewareStack: { readonly add: AddMiddleware } };
  middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const { clientName = '', commandName = '' } = context as { clientName?: string; commandName?: string };
        const operation = commandName.replace(/Command$/, '');
        if (typeof error === 'object' && error !== null) {
          operations.set(error, { service: SERVICES[clientName] ?? clientName.replace(/Client$/, ''), operation });
        }
        throw error;
      }
    },
    { step: 'initialize' },
  );
}

/** As the Go SDK calls them, where that is not the name of the client. */
const SERVICES: Readonly<Record<string, string>> = {
  CloudWatchLogsClient: 'CloudWatch Logs',
  ConfigServiceClient: 'Config Service',
};

/**
 * What AWS answers where the emulator does not mind.
 *
 * @param operation `IAM.PutRolePolicy`
 * @param code AWS's own: `LimitExceeded`
 */
export function refusal(
  operation: `${string}.${string}`,
  httpStatusCode: number,
  code: string,
  message: string,
): Error {
  const [service = '', name = ''] = operation.split('.');
  const error = new ServiceException({ name: code, message, $fault: 'client', $metadata: { httpStatusCode } });
  operations.set(error, { service, operation: name });
  return error;
}

/** Whether the error says that the thing, or what it belongs to, is not there. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof ServiceException)) return false;
  return /^(NoSuch|NotFound|ResourceNotFound|.*NotFound(Error|Exception)?$|QueueDoesNotExist|ServerSideEncryptionConfigurationNotFound)/.test(
    error.name,
  );
}

/** The error in the words of the provider, which wraps those of the Go SDK. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const operation = operations.get(error);
  if (operation === undefined || !(error instanceof ServiceException)) return error.message;
  const { httpStatusCode = 0, requestId = '00000000-0000-0000-0000-000000000000' } = error.$metadata;
  const code = WIRE_CODES[error.name] ?? withoutException(error.name, operation.service);
  return (
    `operation error ${operation.service}: ${operation.operation}, ` +
    `https response error StatusCode: ${httpStatusCode}, RequestID: ${requestId}, ` +
    `${isModelled(error) ? '' : 'api error '}${code}: ${error.message}`
  );
}

/** SDKs of the XML services name an error's class with an ending that is not on the wire. */
function withoutException(name: string, service: string): string {
  return service === 'IAM' || service === 'SNS' ? name.replace(/Exception$/, '') : name;
}

/** Whether the SDK has a class for it: the Go SDK names others `api error`. Ours are all of them as if it had. */
function isModelled(error: ServiceException): boolean {
  return error.constructor === ServiceException || !error.constructor.name.endsWith('ServiceException');
}

const WIRE_CODES: Readonly<Record<string, string>> = {
  QueueNameExists: 'QueueAlreadyExists',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
};
