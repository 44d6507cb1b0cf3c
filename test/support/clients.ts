/** Clients for tests: those that are given, or real ones whose `send` the test has stubbed. */
import { createClients } from '../../src/aws/clients.ts';
import type { Clients } from '../../src/aws/clients.ts';

export type GivenClients = {
  readonly [Service in keyof Omit<Clients, 'destroy'>]?: Awaited<ReturnType<Clients[Service]>>;
};

/** Asking for a client that was not given fails the test. */
export function onlyClients(given: GivenClients): Clients {
  return new Proxy({} as Clients, {
    get: (_, service: string) => {
      if (service === 'destroy') return () => undefined;
      const client = (given as Readonly<Record<string, object>>)[service];
      if (client === undefined) throw new Error(`The test does not expect a client for ${service}.`);
      return async () => client;
    },
  });
}

/** The real clients of a region, with keys that nobody knows: for use under aws-sdk-client-mock, which stubs `send`. */
export function stubbedClients(region = 'eu-west-1'): Clients {
  return createClients({
    region,
    credentials: async () => ({ accessKeyId: 'AKIATEST', secretAccessKey: 'secret' }),
    env: {},
    signal: new AbortController().signal,
    attempts: 1,
  });
}
