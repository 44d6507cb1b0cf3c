/** What the CLI is told by its environment: what it and AWS need, and nothing else of the user's. */

const HANDED_ON = [
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TEMP|TMP|LANG|TZ)$/,
  /^LC_/,
  /^XDG_/,
  /^(?:https?|no|all)_proxy$/i,
  /^SSL_CERT_(?:FILE|DIR)$/,
  /^(?:AWS|PULUMI)_/,
  // The other clouds that may keep the state or the key of its secrets.
  /^(?:GOOGLE|CLOUDSDK|AZURE|ARM|VAULT)_/,
  // A plugin that has to be fetched comes from GitHub.
  /^GITHUB_TOKEN$/,
];

/** Ours to say, whatever the user's say. */
const OWN = /^PULUMI_(?:BACKEND_URL|CONFIG_PASSPHRASE|CONFIG_PASSPHRASE_FILE|STACK|AUTOMATION_API)$/;

/** @param said the backend and the passphrase */
export function pulumiEnvironment(
  env: NodeJS.ProcessEnv,
  said: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const handedOn = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && HANDED_ON.some((pattern) => pattern.test(entry[0])) && !OWN.test(entry[0]),
  );
  return {
    ...Object.fromEntries(handedOn),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_AUTOMATION_API: 'true',
    ...said,
  };
}
