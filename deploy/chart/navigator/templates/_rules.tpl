{{- /*
What the controller may do in a namespace that it looks after: what it uses and nothing else; deploy/rbac.test.ts compares.
A PATCH that creates an object (server-side apply) needs "create" besides "patch".
*/ -}}
{{- define "navigator.rules" -}}
# The clusters: read, annotate, report. Never created, never deleted.
- apiGroups: [navigator.dev]
  resources: [elasticsearchclusters, cassandraclusters]
  verbs: [get, list, watch, patch]
- apiGroups: [navigator.dev]
  resources: [elasticsearchclusters/status, cassandraclusters/status]
  verbs: [patch]
# An owner reference with blockOwnerDeletion needs this where OwnerReferencesPermissionEnforcement is on (OpenShift).
- apiGroups: [navigator.dev]
  resources: [elasticsearchclusters/finalizers, cassandraclusters/finalizers]
  verbs: [update]
# The Pilot of a node that has left is deleted: it would be an order to start.
- apiGroups: [navigator.dev]
  resources: [pilots]
  verbs: [get, list, watch, create, patch, delete]
# Not used by the controller itself: nobody may give a pilot a right that he does not have.
- apiGroups: [navigator.dev]
  resources: [pilots/status]
  verbs: [patch]
# A StatefulSet is deleted when all nodes of a pool that the spec no longer names have left, and without its pods to be made again
# with larger volumes.
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: ['']
  resources: [services, serviceaccounts]
  verbs: [get, list, watch, create, patch]
# The Secrets that it makes for clusters: certificates, users, bindings. Lists and watches ask for the metadata of its own ones
# only; what is in one is read, by name, when another one is made from it. RBAC cannot say "by label".
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, list, watch, create, patch]
# Volumes' claims get an owner under volumeReclaimPolicy Delete, and ask for more when volumes grow; the StatefulSet makes them,
# garbage collection deletes them.
- apiGroups: ['']
  resources: [persistentvolumeclaims]
  verbs: [get, list, watch, patch]
# A pod that cannot come up is deleted where the StatefulSet controller would leave it as it is (fixing a broken spec).
- apiGroups: ['']
  resources: [pods]
  verbs: [list, watch, delete]
- apiGroups: ['']
  resources: [events]
  verbs: [create, patch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch]
- apiGroups: [rbac.authorization.k8s.io]
  resources: [roles, rolebindings]
  verbs: [get, list, watch, create, patch]
{{- end -}}
