/** An API operation with the IAM action behind it. */
export interface Call {
  /** As the SDK names it: `GetBucketEncryption`. */
  readonly operation: string;
  /** As a policy names it: `s3:GetEncryptionConfiguration`. */
  readonly action: string;
  /**
   * The ARN pattern that the action can be limited to; `null` where AWS supports no resource for it. `{partition}`,
   * `{region}` and `{account}` stand for what a policy is printed for.
   */
  readonly resource: string | null;
}
