import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureBuild, programPath } from '../e2e/cluster/binaries.ts';
import { createProgress } from '../e2e/cluster/progress.ts';

const exec = promisify(execFile);
const HELM_DEADLINE_MS = 60_000;

/** The chart's folder within the repository. */
export const CHART = 'deploy/chart/navigator';
/** Namespace of the one-file install and of the documentation. */
export const NAMESPACE = 'navigator-system';

/** Path of the helm that the local cluster uses, if it has been built. */
export function builtHelm(): string | undefined {
  const path = process.env['NAVIGATOR_HELM'] ?? programPath('helm');
  return existsSync(path) ? path : undefined;
}

/** Path of helm; builds it from its Go module first (two minutes, once) where it is missing. */
export async function helm(): Promise<string> {
  const progress = createProgress({ print: (line) => void process.stderr.write(`${line}\n`) });
  return builtHelm() ?? join(await ensureBuild('helm', progress), 'helm');
}

/** What `helm template` makes of a chart, as one YAML text. Throws with helm's own words when the values do not fit. */
export async function render(path: string, chart: string, args: readonly string[] = []): Promise<string> {
  const { stdout } = await exec(path, ['template', 'navigator', chart, '--namespace', NAMESPACE, ...args], {
    timeout: HELM_DEADLINE_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
