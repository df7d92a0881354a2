import { type PersistentVolumeClaim, PersistentVolumeClaims } from '@navigator/kube';
import { quantityValue } from '@navigator/api-types';
import { type SimContext, soon } from './context.ts';
import { patchStatus } from './stateful-set.ts';

/** Whoever makes volumes and lets them grow: a claim has, a little later, what it asks for. */
export function startProvisioner(context: SimContext): void {
  const { server } = context;
  server.store.subscribe(({ collection, type, object }) => {
    if (collection !== 'persistentvolumeclaims' || type === 'DELETED' || !isSmall(object)) return;
    soon(context, [200, 1500], () => provide(context, object.metadata.name));
  });
}

function provide(context: SimContext, name: string): void {
  const { server, namespace } = context;
  const claim = server.get(PersistentVolumeClaims, { namespace, name });
  if (claim === undefined || !isSmall(claim)) return;
  const storage = askedBy(claim) ?? '';
  if (capacityOf(claim) !== undefined) context.note('provisioner', `grows ${name} to ${storage}`);
  patchStatus(server, 'persistentvolumeclaims', { ...claim, status: { phase: 'Bound', capacity: { storage } } });
}

function isSmall(claim: PersistentVolumeClaim): boolean {
  const [asked, has] = [askedBy(claim), capacityOf(claim)];
  return asked !== undefined && (has === undefined || quantityValue(has) < quantityValue(asked));
}

function askedBy({ spec }: PersistentVolumeClaim): string | undefined {
  return spec?.resources?.requests?.['storage'];
}

function capacityOf({ status }: PersistentVolumeClaim): string | undefined {
  return status?.capacity?.['storage'];
}
