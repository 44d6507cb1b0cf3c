/** What a stack's state says, as `pulumi stack export` gives it, secrets left encrypted. */
import { logicalNameOf } from './stack-changes.ts';

export interface StackState {
  /** What AWS has: components and providers are not among them. */
  readonly resources: readonly StateResource[];
  /** What was under way when a run was killed: AWS may have done it, or not. */
  readonly pending: readonly PendingOperation[];
  /** For `Pulumi.<stack>.yaml`: how the secrets are encrypted. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface StateResource {
  /** Pulumi's token: `aws:s3/bucket:Bucket`. */
  readonly type: string;
  /** What AWS knows it by: a bucket's name, a key's id. */
  readonly id: string;
  /** The name in the stack. */
  readonly logicalName: string;
}

export interface PendingOperation {
  /** `creating`, `updating`, `deleting`. */
  readonly operation: string;
  readonly type: string;
  readonly logicalName: string;
}

interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom?: boolean;
  readonly id?: string;
}

interface Exported {
  readonly deployment?: {
    readonly secrets_providers?: {
      readonly type?: string;
      readonly state?: { readonly salt?: string; readonly url?: string; readonly encryptedkey?: string };
    };
    readonly resources?: readonly ExportedResource[];
    readonly pending_operations?: readonly { readonly type: string; readonly resource: ExportedResource }[];
  } | null;
}

export function readStackState(exported: string): StackState {
  const deployment = (JSON.parse(exported) as Exported).deployment ?? {};
  const { type, state } = deployment.secrets_providers ?? {};
  return {
    resources: (deployment.resources ?? [])
      .filter((resource) => resource.custom === true && !resource.type.startsWith('pulumi:'))
      .map((resource) => ({ type: resource.type, id: resource.id ?? '', logicalName: logicalNameOf(resource.urn) })),
    pending: (deployment.pending_operations ?? []).map(({ type: operation, resource }) => ({
      operation,
      type: resource.type,
      logicalName: logicalNameOf(resource.urn),
    })),
    settings: {
      ...(type === 'passphrase' && state?.salt !== undefined && { encryptionsalt: state.salt }),
      ...(type === 'cloud' && state?.url !== undefined && { secretsprovider: state.url }),
      ...(type === 'cloud' && state?.encryptedkey !== undefined && { encryptedkey: state.encryptedkey }),
    },
  };
}
