import { LABELS, PILOT_ENV } from '@navigator/api-types';
import { type PersistentVolumeClaim, PersistentVolumeClaims, type Pod, Pods } from '@navigator/kube';
import { claimNameOf } from './claims.ts';
import { type SimContext, soon } from './context.ts';
import type { LookFault, SimDatabase, Volume } from './database.ts';
import { type RunFolder, SimPilot } from './pilot.ts';
import { isGoing, patchStatus } from './stateful-set.ts';
import type { ConnectionFaults } from './transport.ts';

export interface KubeletOptions {
  readonly context: SimContext;
  /** The database cluster that a pod belongs to. */
  readonly databaseOf: (pod: Pod) => SimDatabase;
  readonly pilotFaults: (podName: string) => ConnectionFaults;
  readonly lookFault: (podName: string) => LookFault | undefined;
  /** Versions that no registry has, those that end as soon as they start, and those that run and never answer. */
  readonly badImages: ReadonlySet<string>;
  readonly crashing: ReadonlySet<string>;
  readonly hanging: ReadonlySet<string>;
}

type Container = NonNullable<NonNullable<Pod['spec']>['containers']>[number];
type State = Record<string, unknown>;

const BACKOFF_MS = [1000, 10_000, 20_000, 40_000, 80_000, 160_000];

/** The kubelets of all nodes: one runner a pod. */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #runners = new Map<string, Runner>();
  readonly #volumes = new Map<string, Volume>();
  #addresses = 0;

  constructor(options: KubeletOptions) {
    this.#options = options;
    options.context.server.store.subscribe(({ collection, type, object }) => {
      const { uid = '' } = object.metadata;
      if (collection === 'persistentvolumeclaims' && type === 'DELETED') this.#volumes.delete(uid);
      if (collection !== 'pods') return;
      if (type === 'ADDED') this.#begin(object);
      else if (type === 'DELETED') this.#runners.get(uid)?.gone();
      else if (isGoing(object)) this.#runners.get(uid)?.stop();
    });
  }

  /** The running pod of this name. */
  runner(podName: string): Runner | undefined {
    return [...this.#runners.values()].find((runner) => runner.name === podName && !runner.isOver);
  }

  addressOf(podName: string): string | undefined {
    const runner = this.runner(podName);
    return runner?.hasStarted ? runner.ip : undefined;
  }

  /** All power goes. */
  close(): void {
    for (const runner of this.#runners.values()) runner.gone();
  }

  #begin(pod: Pod): void {
    const { uid = '' } = pod.metadata;
    this.#addresses += 1;
    const ip = `10.1.${Math.floor(this.#addresses / 250)}.${(this.#addresses % 250) + 1}`;
    this.#runners.set(uid, new Runner({ ...this.#options, pod, ip, volumeOf: () => this.#volumeOf(pod) }));
  }

  /** The disk of this pod's node is broken: what starts on it ends by itself. */
  damageVolume(podName: string): void {
    const runner = this.runner(podName);
    if (runner === undefined) return;
    runner.volume.isDamaged = true;
    runner.killContainer();
  }

  /** Undefined where the scheduler waits: a claim that is not there, or that is being deleted. */
  #volumeOf(pod: Pod): Volume | undefined {
    const { server, namespace } = this.#options.context;
    const name = claimNameOf(pod);
    if (name === undefined) return { content: undefined, openings: 0 };
    const claim: PersistentVolumeClaim | undefined = server.get(PersistentVolumeClaims, { namespace, name });
    const uid = claim?.metadata.uid;
    if (claim === undefined || uid === undefined || isGoing(claim)) return undefined;
    const volume = this.#volumes.get(uid) ?? { content: undefined, openings: 0 };
    this.#volumes.set(uid, volume);
    return volume;
  }
}

interface RunnerOptions extends KubeletOptions {
  readonly pod: Pod;
  readonly ip: string;
  readonly volumeOf: () => Volume | undefined;
}

/** One pod on its node: image, containers with their back-off, readiness, and an end in order. */
export class Runner {
  readonly name: string;
  readonly ip: string;
  readonly #options: RunnerOptions;
  readonly #folder: RunFolder = { restarts: 0 };
  #pilot: SimPilot | undefined;
  #restarts = 0;
  #state: State = { waiting: { reason: 'ContainerCreating' } };
  #lastState: State = {};
  #ready = false;
  #probed = false;
  #stopping = false;
  isOver = false;
  hasStarted = false;
  volume: Volume = { content: undefined, openings: 0 };
  #isScheduled = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.name = options.pod.metadata.name;
    this.ip = options.ip;
    soon(options.context, [300, 1500], () => this.#scheduled());
  }

  /** SIGTERM, then the end of the pod. */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#pilot) this.#pilot.stop();
    else soon(this.#options.context, [50, 300], () => this.#finish());
  }

  /** Forced away: nothing is left of it. */
  gone(): void {
    this.#pilot?.kill();
    this.#pilot = undefined;
    this.isOver = true;
  }

  /** The container is killed as a whole (out of memory); the kubelet starts it again. */
  killContainer(): void {
    if (!this.#pilot || this.isOver) return;
    this.#options.context.note('kubelet', `container of ${this.name} is killed`);
    const pilot = this.#pilot;
    this.#pilot = undefined;
    pilot.kill();
    this.#restart(137);
  }

  #scheduled(): void {
    if (this.#stopping || this.isOver) return;
    const { badImages, context, volumeOf } = this.#options;
    const volume = volumeOf();
    this.#isScheduled = volume !== undefined;
    if (volume === undefined) {
      soon(context, [1000, 3000], () => this.#scheduled());
      return this.#write();
    }
    this.volume = volume;
    if (badImages.has(this.#version())) {
      this.#state = { waiting: { reason: 'ImagePullBackOff', message: 'not found' } };
      return this.#write();
    }
    this.#write();
    soon(this.#options.context, [300, 1500], () => this.#startContainer());
  }

  #startContainer(): void {
    if (this.#stopping || this.isOver) return;
    const { context, pod, ip, databaseOf, pilotFaults, lookFault, crashing, hanging } = this.#options;
    this.#state = { running: { startedAt: new Date(context.clock.now()).toISOString() } };
    this.hasStarted = true;
    const version = this.#version();
    const config = JSON.parse(this.#container()?.env?.find(({ name }) => name === PILOT_ENV.config)?.value ?? '{}') as Record<
      string,
      unknown
    >;
    this.#pilot = new SimPilot({
      context,
      place: { podName: this.name, podUid: pod.metadata.uid ?? '', podIp: ip, version, config, volume: this.volume },
      database: databaseOf(pod),
      folder: this.#folder,
      faults: pilotFaults(this.name),
      lookFault: () => lookFault(this.name),
      crashes: crashing.has(version) || this.volume.isDamaged === true,
      hangs: hanging.has(version),
      ended: (code) => this.#ended(code),
      readyChanged: (ready) => this.#setReady(ready),
    });
    this.#write();
  }

  #ended(code: number): void {
    this.#pilot = undefined;
    if (this.#stopping) return this.#finish();
    this.#restart(code);
  }

  #restart(code: number): void {
    this.#setReady(false);
    if (this.#stopping) return this.#finish();
    this.#restarts += 1;
    const delayMs = BACKOFF_MS[Math.min(this.#restarts - 1, BACKOFF_MS.length - 1)] ?? 1000;
    this.#lastState = { terminated: { exitCode: code, reason: 'Error' } };
    this.#state =
      this.#restarts === 1
        ? { terminated: { exitCode: code, reason: 'Error' } }
        : { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } };
    this.#write();
    this.#options.context.clock.setTimeout(() => this.#startContainer(), delayMs);
  }

  #setReady(ready: boolean): void {
    this.#probed = ready;
    soon(this.#options.context, [100, 900], () => {
      // What the probe says by then: it may have changed its mind twice.
      const isReady = this.#probed && this.#pilot !== undefined;
      if (this.isOver || isReady === this.#ready) return;
      this.#ready = isReady;
      this.#write();
    });
  }

  #finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    const { server } = this.#options.context;
    const pod = server.get(Pods, this.#options.pod.metadata);
    if (pod?.metadata.uid !== this.#options.pod.metadata.uid || !pod) return;
    patchStatus(server, 'pods', { ...pod, metadata: withoutFinalizers(pod.metadata) });
    server.remove(Pods, pod.metadata);
  }

  #write(): void {
    const { server, context, ip } = { ...this.#options, server: this.#options.context.server };
    const pod = server.get(Pods, this.#options.pod.metadata);
    if (!pod || pod.metadata.uid !== this.#options.pod.metadata.uid) return;
    void context;
    const status = {
      phase: this.hasStarted ? 'Running' : 'Pending',
      podIP: ip,
      conditions: [
        this.#isScheduled
          ? { type: 'PodScheduled', status: 'True' }
          : {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: 'its claim is not there, or is being deleted',
            },
        { type: 'Ready', status: this.#ready ? 'True' : 'False' },
      ],
      containerStatuses: [
        {
          name: this.#container()?.name ?? '',
          image: this.#container()?.image ?? '',
          ready: this.#ready,
          restartCount: this.#restarts,
          state: this.#state,
          lastState: this.#lastState,
        },
      ],
    };
    patchStatus(server, 'pods', { ...pod, status });
  }

  #container(): Container | undefined {
    return this.#options.pod.spec?.containers[0];
  }

  #version(): string {
    return this.#container()?.image?.split(':').at(-1) ?? '';
  }
}

function withoutFinalizers(metadata: Pod['metadata']): Pod['metadata'] {
  const { finalizers: _finalizers, ...rest } = metadata;
  return rest;
}

/** The cluster that an object says it is part of: `Kind/name`. */
export function clusterWord(object: Pod): string {
  return `${object.metadata.labels?.[LABELS.kind]}/${object.metadata.labels?.[LABELS.cluster]}`;
}
