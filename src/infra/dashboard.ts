import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';

import type { DashboardSpec } from '../stack/spec.ts';

/** A CloudWatch dashboard. */
export class Dashboard extends pulumi.ComponentResource {
  constructor({ name, widgets }: DashboardSpec, opts?: pulumi.ComponentResourceOptions) {
    super('compliancectl:infra:Dashboard', name, {}, opts);
    new aws.cloudwatch.Dashboard(
      name,
      { dashboardName: name, dashboardBody: JSON.stringify({ widgets }) },
      { parent: this },
    );
    this.registerOutputs();
  }
}
