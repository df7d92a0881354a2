import type { Pod } from '@navigator/kube';

/** The parts of a pod as raw JSON. */
export type PodSpec = NonNullable<Pod['spec']>;
export type Container = PodSpec['containers'][number];
export type Volume = NonNullable<PodSpec['volumes']>[number];
export type VolumeMount = NonNullable<Container['volumeMounts']>[number];
export type EnvVar = NonNullable<Container['env']>[number];
export type Probe = NonNullable<Container['readinessProbe']>;
