/** One invocation of a function, as a test hands it in: a quiet log that remembers, and five minutes. */
import { functionConfiguration } from '../../src/functions/configuration.ts';
import type { Invocation } from '../../src/functions/invocation.ts';
import type { LogFields } from '../../src/functions/log.ts';
import { stubbedClients } from './clients.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export interface TestInvocation extends Invocation {
  /** What was logged, in order. */
  readonly lines: readonly LogLine[];
}

/**
 * @param config what differs from an empty `config.json` of the environment `dev`
 * @param changes what differs from five minutes in eu-west-1, over clients that the test has stubbed
 */
export function invocation(config: object = {}, { env = {}, ...changes }: Partial<Invocation> = {}): TestInvocation {
  const lines: LogLine[] = [];
  const write =
    (level: LogLine['level']) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  const text = JSON.stringify({ schema: 'compliancectl.function/1', environment: 'dev', settings: {}, ...config });
  return {
    configuration: functionConfiguration(text, env),
    env,
    account: {
      accountId: '111122223333',
      partition: 'aws',
      credentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }),
    },
    region: 'eu-west-1',
    clients: stubbedClients(),
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    requestId: '6f9d8f4e-0000-4000-8000-000000000001',
    startedAt: new Date('2026-11-21T06:00:03.000Z'),
    remaining: () => 300_000,
    signal: new AbortController().signal,
    ...changes,
    lines,
  };
}
