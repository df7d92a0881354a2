import type { KubeObject } from '../object.ts';
import { FakeFailure } from './fake-status.ts';
import { sameJson } from './same-json.ts';

/** Of what cannot be changed in a StatefulSet (apps/v1 ValidateStatefulSetUpdate) that which depends on what a user asks for. */
const FIXED = ['selector', 'serviceName', 'volumeClaimTemplates'];

/** @throws FakeFailure 422: the whole write is refused for one field that cannot change. */
export function refuseImmutable(collection: string, before: KubeObject, after: KubeObject): void {
  if (collection !== 'statefulsets.apps') return;
  const changed = FIXED.find((field) => !sameJson(specOf(before)[field], specOf(after)[field]));
  if (changed === undefined) return;
  const message = `spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'template', 'updateStrategy' … are forbidden (${changed})`;
  throw new FakeFailure(422, 'Invalid', message, { causes: [{ reason: 'FieldValueForbidden', field: 'spec' }] });
}

function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return { ...Object(object['spec']) };
}
