import type { KubeObject } from '@navigator/kube';
import type { Recording } from './record.ts';

/** The annotations that objects have by what is wished of them. */
export type Annotations = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** Given all objects of one copy, as JSON, tells the annotations of some by `Kind/name`. */
export type Fingerprints = (objects: readonly string[]) => Annotations;

/** The recorded clusters under other names and uids: copy `index` is of the one that is its turn. */
export class Copies {
  readonly #recording: Recording;
  readonly #count: number;
  readonly #fingerprints: Fingerprints;
  readonly #known = new Map<number, Annotations>();

  /** Fingerprints cover names, so each copy has its own. */
  constructor(recording: Recording, count: number, fingerprints: Fingerprints = () => new Map()) {
    this.#recording = recording;
    this.#count = count;
    this.#fingerprints = fingerprints;
  }

  /** Takes all fingerprints now, so that nobody waits for them later. */
  prepare(): void {
    for (let index = 0; index < this.#count; index += 1) this.#fingerprintsOf(index);
  }

  /** One kind's objects of all clusters, as JSON, made when they are asked for. */
  *objects(path: string): Generator<string> {
    for (let index = 0; index < this.#count; index += 1)
      for (const object of this.#recorded(index, path)) yield this.#stamped(this.#copy(object, index), index);
  }

  #recorded(index: number, path?: string): readonly string[] {
    const kinds = this.#recording.kinds.filter((kind) => path === undefined || kind.path === path);
    return kinds.flatMap((kind) => kind.objects[index % this.#recording.clusters.length] ?? []);
  }

  #stamped(copy: string, index: number): string {
    const known = this.#known.get(index) ?? this.#fingerprints(this.#recorded(index).map((text) => this.#copy(text, index)));
    this.#known.set(index, known);
    const object = JSON.parse(copy) as KubeObject;
    const annotations = known.get(`${object.kind}/${object.metadata.name}`);
    if (annotations === undefined) return copy;
    return JSON.stringify({
      ...object,
      metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } },
    });
  }

  #fingerprintsOf(index: number): Annotations {
    const known = this.#known.get(index) ?? this.#fingerprints(this.#recorded(index).map((text) => this.#copy(text, index)));
    this.#known.set(index, known);
    return known;
  }

  #copy(object: string, index: number): string {
    const { namespace, name } = this.#recording.clusters[index % this.#recording.clusters.length] ?? { namespace: '', name: '' };
    const number = index.toString(16).padStart(6, '0');
    return object
      .replaceAll(namespace, `fleet-${Math.floor(index / 50)}`)
      .replaceAll(new RegExp(`(?<![A-Za-z0-9])${name}(?![A-Za-z0-9])`, 'g'), `c${index}`)
      .replaceAll(/\b[0-9a-f]{2}[0-9a-f]{6}(?=-[0-9a-f]{4}-4[0-9a-f]{3}-)/g, (head) => head.slice(0, 2) + number);
  }
}

const BEAT = /"heartbeatTime":"[^"]*"/;

/** The same Pilot with a report of this moment, of another version for caches. */
export function withBeat(pilot: string, atMs: number, resourceVersion: number): string {
  return pilot
    .replace(BEAT, `"heartbeatTime":"${new Date(atMs).toISOString()}"`)
    .replace(/"resourceVersion":"\d+"/, `"resourceVersion":"${resourceVersion}"`);
}
