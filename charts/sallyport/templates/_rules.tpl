{{/* Rules that a cluster-wide installation puts into its ClusterRole, and a limited one into a Role per namespace. */}}
{{- define "sallyport.namespaceRules" -}}
- apiGroups: [sallyport.dev]
  resources: [protectedendpoints]
  verbs: [get, list, watch, patch]    # patch: the finalizer; the operator never writes spec
- apiGroups: [sallyport.dev]
  resources: [protectedendpoints/status]
  verbs: [patch]
- apiGroups: [sallyport.dev]
  resources: [protectedendpoints/finalizers]
  verbs: [update]                     # asked for by OwnerReferencesPermissionEnforcement, where it is switched on
- apiGroups: [sallyport.dev]
  resources: [accessledgers]
  verbs: [list, watch]
# Watched as metadata only, which RBAC cannot say: these verbs would also give the bytes. Bytes are read only of Secrets
# labelled sallyport.dev/usable-by and of those that the operator itself made; only these are written and deleted.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, update, delete]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
