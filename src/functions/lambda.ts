/** The one place that knows Lambda: from its context to an invocation, once a container and once a call. */
import { readFileSync } from 'node:fs';

import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';

import { createClients } from '../aws/clients.ts';
import { CONFIG_FILE, functionConfiguration } from './configuration.ts';
import { LAST_WORDS, withDeadline } from './deadline.ts';
import type { Invocation } from './invocation.ts';
import type { Log } from './log.ts';

/** Fewer than at a terminal: Lambda, the queue and the schedule try again themselves. */
const ATTEMPTS = 5;

/** Runs what a function does, told what Lambda knows; an error is logged and thrown on, so that Lambda counts it. */
export type Run = <Result>(context: Context, work: (invocation: Invocation) => Promise<Result>) => Promise<Result>;

/**
 * Opens a function's container: its configuration is read and checked once, its clients are kept.
 *
 * @param bundle the URL of the handler's module: `config.json` lies beside it
 * @throws UserError where the configuration or the environment cannot be followed: the function does not start
 */
export function openFunction(bundle: string, env: NodeJS.ProcessEnv): Run {
  const configuration = functionConfiguration(readFileSync(new URL(CONFIG_FILE, bundle), 'utf8'), env);
  const logger = new Logger({ serviceName: env['AWS_LAMBDA_FUNCTION_NAME'] ?? 'compliancectl' });
  const log: Log = {
    debug: (message, fields = {}) => logger.debug(message, fields),
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
  const current = { signal: AbortSignal.abort() };
  let clients: Invocation['clients'] | undefined;
  return (context, work) => {
    logger.addContext(context);
    return withDeadline(context.getRemainingTimeInMillis() - LAST_WORDS, async (signal) => {
      current.signal = signal;
      const { region, account } = whereRuns(context, env);
      clients ??= createClients({
        region,
        credentials: account.credentials,
        env,
        attempts: ATTEMPTS,
        get signal() {
          return current.signal;
        },
      });
      try {
        return await work({
          configuration,
          env,
          account,
          region,
          clients,
          log,
          requestId: context.awsRequestId,
          startedAt: new Date(),
          remaining: () => context.getRemainingTimeInMillis(),
          signal,
        });
      } catch (error) {
        log.error(error instanceof Error ? error.message : 'Failed', { error });
        throw error;
      }
    });
  };
}

/** The function's own ARN tells account, region and partition: STS need not be asked. */
function whereRuns({ invokedFunctionArn }: Context, env: NodeJS.ProcessEnv): Pick<Invocation, 'account' | 'region'> {
  const [, partition = 'aws', , region = '', accountId = ''] = invokedFunctionArn.split(':');
  const credentials = async () => ({
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
    ...(env['AWS_SESSION_TOKEN'] !== undefined && { sessionToken: env['AWS_SESSION_TOKEN'] }),
  });
  return { region: env['AWS_REGION'] ?? region, account: { accountId, partition, credentials } };
}
