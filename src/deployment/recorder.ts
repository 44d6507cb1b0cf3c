/** The AWS Config recorder that an account already has in a region: there can be one, and it is never taken over. */
import type { Call } from '../aws/call.ts';
import type { Clients } from '../aws/clients.ts';
import { failureOf } from '../aws/errors.ts';
import { RECORDED_TYPES } from '../stack/config-parts.ts';
import { EXIT, UserError } from '../user-error.ts';

const DESCRIBE_RECORDERS: Call = {
  operation: 'DescribeConfigurationRecorders',
  action: 'config:DescribeConfigurationRecorders',
  resource: null,
};

export interface ExistingRecorder {
  readonly name: string;
  /** Types that our Config rules judge and it does not record. */
  readonly unrecorded: readonly string[];
}

/**
 * Asks AWS Config before anything is planned: a second recorder would be refused half way through.
 *
 * @throws UserError `CONFIG_UNREADABLE` where AWS does not say
 */
export async function existingRecorder(
  clients: Pick<Clients, 'config'>,
  signal: AbortSignal,
): Promise<ExistingRecorder | undefined> {
  const { DescribeConfigurationRecordersCommand } = await import('@aws-sdk/client-config-service');
  try {
    const config = await clients.config();
    const answer = await config.send(new DescribeConfigurationRecordersCommand({}), { abortSignal: signal });
    // Service-linked recorders belong to other AWS services, and do not count.
    const own = (answer.ConfigurationRecorders ?? []).find(({ servicePrincipal }) => servicePrincipal === undefined);
    if (own?.name === undefined) return undefined;
    const { allSupported = false, resourceTypes = [], exclusionByResourceTypes } = own.recordingGroup ?? {};
    const excluded: readonly string[] = exclusionByResourceTypes?.resourceTypes ?? [];
    const all = allSupported || excluded.length > 0;
    const listed: readonly string[] = resourceTypes;
    const unrecorded = RECORDED_TYPES.filter((type) => (all ? excluded.includes(type) : !listed.includes(type)));
    return { name: own.name, unrecorded };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    throw new UserError(`AWS Config did not say whether this region has a recorder: ${failure.detail}.`, {
      code: 'CONFIG_UNREADABLE',
      suggestions: [
        `Allow ${DESCRIBE_RECORDERS.action}`,
        'See what deploying needs: compliancectl deploy --print-iam-policy',
      ],
      exitCode: EXIT.failed,
      cause: error,
    });
  }
}
