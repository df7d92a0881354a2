import { join } from 'node:path';
import { rolldown } from 'rolldown';

/** Bundles the controller into a file of this folder, with the settings of its image. */
export async function bundleController(folder: string): Promise<string> {
  const build = await rolldown({
    input: join(import.meta.dirname, 'controller-main.ts'),
    platform: 'node',
    logLevel: 'warn',
    external: ['@kubernetes/client-node'],
  });
  const file = join(folder, 'controller.mjs');
  await build.write({ format: 'esm', codeSplitting: false, minify: 'dce-only', file });
  await build.close();
  return file;
}
