import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { ConfigRuleSpec } from '../stack/spec.ts';

/** AWS Config's rules that a function of ours answers. */
export class ConfigRules extends pulumi.ComponentResource {
  /** @param opts depends on the recorder and on the functions: AWS Config takes a rule only where it can ask already */
  constructor(name: string, specs: readonly ConfigRuleSpec[], opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:ConfigRules', name, {}, opts);
    for (const spec of specs) new aws.cfg.Rule(spec.name, ruleArgs(spec), { parent: this });
    this.registerOutputs();
  }
}

function ruleArgs({
  name,
  description,
  functionArn,
  resourceTypes,
  periodic,
  parameters,
}: ConfigRuleSpec): aws.cfg.RuleArgs {
  return {
    name,
    description,
    inputParameters: JSON.stringify(parameters),
    scope: { complianceResourceTypes: [...resourceTypes] },
    source: {
      owner: 'CUSTOM_LAMBDA',
      sourceIdentifier: functionArn,
      sourceDetails: [
        { eventSource: 'aws.config', messageType: 'ConfigurationItemChangeNotification' },
        // An item that is too large for a message is told of by this one.
        { eventSource: 'aws.config', messageType: 'OversizedConfigurationItemChangeNotification' },
        ...(periodic === undefined
          ? []
          : [{ eventSource: 'aws.config', messageType: 'ScheduledNotification', maximumExecutionFrequency: periodic }]),
      ],
    },
  };
}
