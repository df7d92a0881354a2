import type { KubeObject, ObjectRef } from './object.ts';

/** What is needed to address a kind over REST; `T` is the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** API group, empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Lists and watches ask for metadata only; see {@link metadataOf}. */
  readonly metadataOnly?: true;
  /** Never set; it ties `T` to the descriptor so that clients and informers infer it. */
  readonly objectType?: T;
}

const registered = new Map<string, Resource>();

/** Describes a kind and makes it known to {@link resourceOf}. Namespaced unless said otherwise. */
export function defineResource<T extends KubeObject>(options: {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced?: boolean;
}): Resource<T> {
  const resource: Resource<T> = { namespaced: true, ...options };
  registered.set(`${apiVersionOf(resource)} ${resource.kind}`, resource);
  return resource;
}

/** A kind of which lists and watches bring the metadata alone: of Secrets nobody should hold, or pay for, the content. */
export function metadataOf(resource: Resource): Resource {
  return { ...resource, metadataOnly: true };
}

/** The descriptor of an object's kind. Throws a TypeError for a kind that nobody defined: that is a mistake in the code. */
export function resourceOf(object: { readonly apiVersion: string; readonly kind: string }): Resource {
  const resource = registered.get(`${object.apiVersion} ${object.kind}`);
  if (!resource) {
    throw new TypeError(`no resource is defined for ${object.apiVersion} ${object.kind}; call defineResource first`);
  }
  return resource;
}

/** `group/version`, or `version` alone for the core group, as objects carry it. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** A short name that is unique per kind, as used in metrics and logs: `pods`, `statefulsets.apps`. */
export function resourceName(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** The REST path of a collection (all namespaces when none is given). */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/** The REST path of one object or of one of its subresources. */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource ? `${path}/${subresource}` : path;
}
