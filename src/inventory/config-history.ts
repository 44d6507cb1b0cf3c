/** What AWS Config has on record of one resource. */
import type { ConfigServiceClient, ConfigurationItem, ResourceType } from '@aws-sdk/client-config-service';

import type { Call } from '../aws/call.ts';
import { present } from '../aws/errors.ts';

/** Supports no resource. */
export const GET_RESOURCE_CONFIG_HISTORY: Call = {
  operation: 'GetResourceConfigHistory',
  action: 'config:GetResourceConfigHistory',
  resource: null,
};

export interface RecordedResource {
  /** As Config names it: there are types that this version of the SDK has no name for. */
  readonly resourceType: string;
  readonly resourceId: string;
}

/**
 * The latest item at or before a moment, or `undefined` where Config has none.
 *
 * @throws what the call throws, unless that is how Config says that it does not know the resource
 */
export async function recordedItem(
  config: ConfigServiceClient,
  { resourceType, resourceId }: RecordedResource,
  { before, signal }: { readonly before: Date; readonly signal: AbortSignal },
): Promise<ConfigurationItem | undefined> {
  const { GetResourceConfigHistoryCommand } = await import('@aws-sdk/client-config-service');
  const request = new GetResourceConfigHistoryCommand({
    resourceType: resourceType as ResourceType,
    resourceId,
    laterTime: before,
    limit: 1,
  });
  try {
    const { configurationItems } = await config.send(request, { abortSignal: signal });
    return present(configurationItems, 'configurationItems')[0];
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotDiscoveredException') return undefined;
    throw error;
  }
}
