/** What a Pulumi program declares, as Pulumi's engine would be told, without an engine. */
import * as pulumi from '@pulumi/pulumi';

export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The component that it belongs to, as `type name`. */
  readonly parent: string | undefined;
  /** The name of the provider that makes it; components are made by none. */
  readonly provider: string | undefined;
  /** What it waits for, its parent not counted, as `type name`. */
  readonly dependsOn: readonly string[];
  /** It would block the stack's deletion, or outlive it. */
  readonly kept: boolean;
}

export interface Graph {
  readonly declared: readonly Declared[];
  /** The only one of a type, or the one of this name. */
  readonly one: (type: string, name?: string) => Declared;
  /** Names by type, as declared. */
  readonly names: (type: string) => readonly string[];
  /** Whether the first waits for the second: itself, through what it waits for, or through the components it belongs to. */
  readonly waits: (after: string, before: string) => boolean;
}

/** A program's graph; where the program throws, so does this. */
export async function graphOf(program: () => unknown): Promise<Graph> {
  await pulumi.runtime.setMocks(mocks, 'compliancectl', 'test');
  const requests = recordRequests();
  try {
    program();
  } finally {
    await pulumi.runtime.disconnect();
  }
  const labels = new Map(requests.map(({ urn, own }) => [urn, `${own.type} ${own.name}`]));
  const declared = requests.map(({ own, parent, provider, dependsOn }): Declared => ({
    ...own,
    parent: labels.get(parent),
    // `urn::id`.
    provider: labels.get(provider.slice(0, provider.lastIndexOf('::')))?.split(' ')[1],
    dependsOn: dependsOn.map((urn) => labels.get(urn) ?? urn),
  }));
  return {
    declared,
    one: (type, name) => {
      const found = declared.filter((one) => one.type === type && (name === undefined || one.name === name));
      const [first] = found;
      if (first === undefined || found.length > 1) throw new Error(`${found.length} of ${type} ${name ?? ''}`);
      return first;
    },
    names: (type) => declared.filter((one) => one.type === type).map(({ name }) => name),
    waits: (after, before) => waitsFor(declared, after, before),
  };
}

/** What AWS makes up is told by the name it is made up for. */
const mocks: pulumi.runtime.Mocks = {
  call: () => ({}),
  newResource: ({ name, inputs }) => ({
    id: `id of ${name}`,
    state: { ...inputs, arn: `arn of ${name}`, keyId: `key id of ${name}` },
  }),
};

/** Pulumi's registration request, as far as it is read here: its own types are generated, and not exported. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
}

type Respond = (error: unknown, response: { getUrn(): string }) => void;

interface Recorded {
  readonly urn: string;
  readonly own: Pick<Declared, 'type' | 'name' | 'inputs' | 'kept'>;
  /** URNs, and the provider's with its id. */
  readonly parent: string;
  readonly provider: string;
  readonly dependsOn: readonly string[];
}

/** Mocks are told neither parents nor dependencies: they are read off the requests that reach them. */
function recordRequests(): Recorded[] {
  const recorded: Recorded[] = [];
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource(request: Request, respond: Respond): void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, respond) =>
    register(request, (error, response) => {
      if (error === null) {
        recorded.push({
          urn: response.getUrn(),
          own: {
            type: request.getType(),
            name: request.getName(),
            inputs: pulumi.runtime.deserializeProperties(request.getObject()),
            kept: request.getProtect() || request.getRetainondelete(),
          },
          parent: request.getParent(),
          provider: request.getProvider(),
          dependsOn: request.getDependenciesList(),
        });
      }
      respond(error, response);
    });
  return recorded;
}

function waitsFor(declared: readonly Declared[], after: string, before: string): boolean {
  const byLabel = new Map(declared.map((one) => [`${one.type} ${one.name}`, one]));
  for (const label of [after, before]) if (!byLabel.has(label)) throw new Error(`There is no ${label}.`);
  const seen = new Set<string>();
  const reach = (label: string): void => {
    if (seen.has(label)) return;
    seen.add(label);
    const one = byLabel.get(label);
    for (const next of [...(one?.dependsOn ?? []), one?.parent ?? []].flat()) reach(next);
  };
  reach(after);
  return after !== before && seen.has(before);
}
