/** What a call throws, as a value: whole errors are compared, not only their messages. */
import { UserError } from '../../src/user-error.ts';

/** @throws where nothing was thrown */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** What a person sees of an error that they can mend; anything else is thrown on. */
export async function userErrorOf(
  call: () => unknown,
): Promise<{ message: string; code: string; suggestions: readonly string[]; exitCode: number }> {
  const error = await thrownBy(call);
  if (!(error instanceof UserError)) throw error;
  const { message, code, suggestions, exitCode } = error;
  return { message, code, suggestions, exitCode };
}
