/**
 * A stand-in for Pulumi's AWS provider: the engine attaches to it instead of starting the real one, and it makes, reads,
 * changes and deletes in an emulator. It refuses what AWS refuses, fails and hangs where a test wants it, and keeps a record.
 *
 *     const standIn = await startStandIn({ endpoint: ministack.url });
 *     // ... run the CLI with `standIn.env` in its environment
 *     await standIn.stop();
 *
 * What MiniStack cannot do is done elsewhere:
 * - AWS Config, as a whole, is moto's: MiniStack deletes neither recorders nor channels, and has no aggregators and no tags.
 *   Whoever looks there by the SDK finds it through `AWS_ENDPOINT_URL_CONFIG_SERVICE`;
 * - conditions on `ec2:Region` and `cloudwatch:namespace`, which MiniStack does not know, are said otherwise or left out (`iam.ts`);
 * - tags of event source mappings and the smallest size of a bucket's transitions are taken to be what was last given;
 * - `refusals.ts` and the services' files refuse what MiniStack lets pass.
 */
import { Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { handleUnaryCall, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import wireProblems from '@pulumi/pulumi/proto/status_pb.js';
import plugin from '@pulumi/pulumi/proto/plugin_pb.js';
import services from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import wire from '@pulumi/pulumi/proto/provider_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';

import { awsOf } from './aws.ts';
import type { Endpoints } from './aws.ts';
import { faultsOf } from './faults.ts';
import type { Call, Fault, Hold, HoldOptions } from './faults.ts';
import { messageOf, PartlyDone, providerOf } from './provider.ts';
import type { Found, Provider, ProviderSettings, Subject } from './provider.ts';
import type { Properties } from './resource-type.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { fromStruct, isMap, toStruct } from './values.ts';

export interface StandInOptions extends Endpoints {
  readonly fail?: readonly Fault[];
}

export interface StandIn {
  readonly port: number;
  /** What makes the engine use it. */
  readonly env: { readonly PULUMI_DEBUG_PROVIDERS: string };
  /** What was done to resources, in order, refused or not. */
  readonly calls: readonly Call[];
  /** Makes calls fail from now on. */
  fail(fault: Fault): void;
  /** Makes calls hang from now on, until they are released. */
  hold(options: HoldOptions): Hold;
  stop(): Promise<void>;
}

export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const regions = awsOf(options);
  const faults = faultsOf(options.fail ?? []);
  const calls: Call[] = [];
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  server.addService(services.ResourceProviderService, serviceOf(providerOf(regions, faults, calls), faults.cancel));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    env: { PULUMI_DEBUG_PROVIDERS: `aws:${port}` },
    calls,
    fail: faults.fail,
    hold: faults.hold,
    stop: async () => {
      faults.release();
      server.forceShutdown();
      regions.destroy();
    },
  };
}

function serviceOf(provider: Provider, cancel: () => void): UntypedServiceImplementation {
  // Every `aws.Provider` of a program has a connection of its own, and is configured on it.
  const settings = new Map<string, ProviderSettings>();

  const settingsOf = (peer: string): ProviderSettings => {
    const found = settings.get(peer);
    if (found === undefined) throw new Error('The provider has not been configured.');
    return found;
  };

  return {
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion('7.48.0')),
    attach: unary(() => new empty.Empty()),
    cancel: unary(() => {
      cancel();
      return new empty.Empty();
    }),

    // Whatever a program configures is taken: that is the real provider's to check.
    checkConfig: unary((request: wire.CheckRequest) => new wire.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary((request: wire.DiffRequest) => {
      const [before, after] = [request.getOldInputs() ?? request.getOlds(), request.getNews()].map((given) =>
        JSON.stringify(fromStruct(given)),
      );
      return new wire.DiffResponse().setChanges(before === after ? NONE : SOME);
    }),
    configure: unary((request: wire.ConfigureRequest, peer) => {
      settings.set(peer, settingsFrom(fromStruct(request.getArgs())));
      return new wire.ConfigureResponse().setSupportspreview(true);
    }),

    check: unary((request: wire.CheckRequest, peer) => {
      const given = fromStruct(request.getNews());
      const { inputs, failures } = provider.check(
        subjectOf(request.getUrn()),
        settingsOf(peer),
        given,
        fromStruct(request.getOlds()),
      );
      return new wire.CheckResponse()
        .setInputs(toStruct(inputs))
        .setFailuresList(
          failures.map(({ property, reason }) => new wire.CheckFailure().setProperty(property).setReason(reason)),
        );
    }),
    diff: unary((request: wire.DiffRequest) => {
      const { changed, replacing, deletedFirst } = provider.diff(
        subjectOf(request.getUrn()),
        fromStruct(request.getNews()),
        fromStruct(request.getOldInputs()),
        fromStruct(request.getOlds()),
      );
      return new wire.DiffResponse()
        .setChanges(changed.length > 0 ? SOME : NONE)
        .setDiffsList([...changed])
        .setReplacesList([...replacing])
        .setDeletebeforereplace(deletedFirst);
    }),

    create: unary(async (request: wire.CreateRequest) => {
      const inputs = request.getProperties();
      // What AWS would make up is not known in a preview.
      if (request.getPreview()) return new wire.CreateResponse().setProperties(inputs);
      const { id, outputs } = await provider.create(subjectOf(request.getUrn()), fromStruct(inputs));
      return new wire.CreateResponse().setId(id).setProperties(toStruct(outputs));
    }),
    read: unary(async (request: wire.ReadRequest) => {
      const [inputs, state] = [fromStruct(request.getInputs()), fromStruct(request.getProperties())];
      const found = await provider.read(subjectOf(request.getUrn()), request.getId(), inputs, state);
      const response = new wire.ReadResponse();
      if (found === undefined) return response;
      return response.setId(found.id).setProperties(toStruct(found.outputs)).setInputs(toStruct(found.inputs));
    }),
    update: unary(async (request: wire.UpdateRequest) => {
      const [wanted, state] = [fromStruct(request.getNews()), fromStruct(request.getOlds())];
      // Names, ARNs and addresses outlive an update: only names that are given are in `wanted`.
      if (request.getPreview()) return new wire.UpdateResponse().setProperties(toStruct({ ...state, ...wanted }));
      const { outputs } = await provider.update(
        subjectOf(request.getUrn()),
        request.getId(),
        wanted,
        fromStruct(request.getOldInputs()),
        state,
      );
      return new wire.UpdateResponse().setProperties(toStruct(outputs));
    }),
    delete: unary(async (request: wire.DeleteRequest) => {
      const state = fromStruct(request.getProperties());
      await provider.delete(subjectOf(request.getUrn()), request.getId(), state);
      return new empty.Empty();
    }),
  };
}

const { DIFF_NONE: NONE, DIFF_SOME: SOME } = wire.DiffResponse.DiffChanges;

/** Answers a call with what `work` gives, or with the error it throws. */
function unary<Request, Response>(
  work: (request: Request, peer: string) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call: ServerUnaryCall<Request, Response>, answer) => {
    const answered = async () => work(call.request, call.getPeer());
    answered().then(
      (response) => answer(null, response),
      (error: unknown) => answer({ code: status.UNKNOWN, details: messageOf(error), metadata: metadataOf(error) }),
    );
  };
}

/** What is there all the same, in the form in which the engine asks for it. */
function metadataOf(error: unknown): Metadata {
  const metadata = new Metadata();
  if (!(error instanceof PartlyDone)) return metadata;
  const details = new any.Any();
  details.pack(initFailed(error.message, error.found).serializeBinary(), 'pulumirpc.ErrorResourceInitFailed');
  const problem = new wireProblems.Status().setCode(status.UNKNOWN).setMessage(error.message).setDetailsList([details]);
  metadata.add('grpc-status-details-bin', Buffer.from(problem.serializeBinary()));
  return metadata;
}

function initFailed(reason: string, { id, outputs }: Found): wire.ErrorResourceInitFailed {
  return new wire.ErrorResourceInitFailed().setId(id).setProperties(toStruct(outputs)).setReasonsList([reason]);
}

/** The engine hands nested settings over as JSON. */
function settingsFrom(given: Properties): ProviderSettings {
  const defaultTags =
    typeof given['defaultTags'] === 'string' ? JSON.parse(given['defaultTags']) : given['defaultTags'];
  const tags = isMap(defaultTags) && isMap(defaultTags['tags']) ? defaultTags['tags'] : {};
  return {
    region: typeof given['region'] === 'string' ? given['region'] : (process.env['AWS_REGION'] ?? 'us-east-1'),
    defaultTags: tags as Record<string, string>,
  };
}

/** `urn:pulumi:stack::project::compliancectl:infra:Alerts$aws:sns/topic:Topic::name` */
function subjectOf(urn: string): Subject {
  const [, , token = '', ...name] = urn.split('::');
  const wanted = token.slice(token.lastIndexOf('$') + 1);
  const type = RESOURCE_TYPES.find((known) => known.type === wanted);
  if (type === undefined) throw new Error(`The stand-in for AWS does not know the resource type ${wanted}.`);
  return { type, name: name.join('::') };
}
