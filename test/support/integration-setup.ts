/** What the integration tests need, installed before the first of them begins: their files run side by side, and would each install it. */
import { emulatorPrograms } from './python.ts';

export async function mochaGlobalSetup(): Promise<void> {
  await emulatorPrograms();
}
