import { programPath } from './binaries.ts';
import { recordedParts } from './down.ts';
import { hasNetwork } from './network.ts';
import { statePaths } from './paths.ts';
import { ProcessTable } from './processes.ts';
import { run } from './run.ts';

const parts = ['etcd', 'apiserver', 'controller-manager', 'scheduler', 'containerd', 'kubelet', 'proxy', 'resizer'];

/** Prints each part and the node. Returns the exit code: 0 when all run. */
export async function printStatus(): Promise<number> {
  const state = statePaths();
  const processes = new ProcessTable(state);
  let allRun = true;
  line('state', state.dir);
  line('network namespace', (await hasNetwork()) ? 'there' : 'missing');
  const recorded = await recordedParts(state);
  for (const name of parts) {
    const record = await processes.running(name);
    allRun = allRun && record !== undefined;
    const dead = recorded.includes(name) ? `DEAD, see ${processes.logPath(name)}` : 'not started';
    line(name, record === undefined ? dead : `pid ${record.pid}`);
  }
  const args = ['--kubeconfig', state.adminConf, '--request-timeout=5s', 'get', 'nodes', '-o', 'wide'];
  const nodes = await run(programPath('kubectl'), args, { deadlineMs: 10_000 }).catch(() => undefined);
  process.stdout.write(nodes === undefined ? 'the API server does not answer\n' : nodes.stdout);
  return allRun && nodes !== undefined ? 0 : 1;
}

function line(name: string, text: string): void {
  process.stdout.write(`${name.padEnd(20)} ${text}\n`);
}
