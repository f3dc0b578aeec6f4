{{- /* What the operator may do with namespaced objects; for a ClusterRole, or for a Role in the one namespace it works in. */}}
{{- define "certwright.namespacedRules" -}}
# Certificates are read, and made, changed and deleted for Ingresses, Gateways and ListenerSets that ask for them.
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [get, list, watch, create, patch, delete]
# One CertificateRequest per attempt; old ones are deleted.
- apiGroups: [cert-manager.io]
  resources: [certificaterequests]
  verbs: [get, list, watch, create, delete]
- apiGroups: [cert-manager.io]
  resources: [issuers]
  verbs: [get, list, watch]
- apiGroups: [cert-manager.io]
  resources: [certificates/status, certificaterequests/status, issuers/status]
  verbs: [patch, update]
- apiGroups: [certwright.dev]
  resources: [issuerpools, certificaterevocations]
  verbs: [get, list, watch]
- apiGroups: [certwright.dev]
  resources: [issuerpools/status, certificaterevocations/status]
  verbs: [patch, update]
# Owners of what the operator makes. Where the admission plugin OwnerReferencesPermissionEnforcement runs,
# an owner reference with blockOwnerDeletion asks for this.
- apiGroups: [cert-manager.io]
  resources: [certificates/finalizers, certificaterequests/finalizers]
  verbs: [update]
# Orders and Challenges are the operator's own notes on what the ACME server knows. Challenges carry a finalizer.
- apiGroups: [acme.cert-manager.io]
  resources: [orders, challenges]
  verbs: [get, list, watch, create, delete, patch]
- apiGroups: [acme.cert-manager.io]
  resources: [orders/status, challenges/status]
  verbs: [patch, update]
- apiGroups: [acme.cert-manager.io]
  resources: [orders/finalizers, challenges/finalizers]
  verbs: [update]
# Keys and certificates are Secrets that users name, in any namespace; so are account keys and the credentials of DNS providers.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, update, delete]
# HTTP-01: a Service without selector, its EndpointSlice with the operator's addresses, and an Ingress that leads there.
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list, watch, create, update, patch, delete]
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, update, patch, delete]
# The same on a Gateway: an HTTPRoute instead of the Ingress; for TLS-ALPN-01 a TLSRoute.
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, tlsroutes]
  verbs: [get, list, watch, create, update, patch, delete]
# TLS-ALPN-01 behind Traefik.
- apiGroups: [traefik.io]
  resources: [ingressroutetcps]
  verbs: [get, list, watch, create, update, patch, delete]
# Gateways and ListenerSets with annotations get Certificates, like Ingresses.
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways, listenersets]
  verbs: [get, list, watch]
# They own these Certificates.
- apiGroups: [networking.k8s.io]
  resources: [ingresses/finalizers]
  verbs: [update]
- apiGroups: [gateway.networking.k8s.io]
  resources: [gateways/finalizers, listenersets/finalizers]
  verbs: [update]
{{- if ne .Values.acmesolver.pods "never" }}
# HTTP-01 by a pod for each challenge, where that is asked for. Pods are never changed, nor is anything run in them.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, create, delete]
{{- end }}
# OpenShift asks for the first before an EndpointSlice may hold an address of the pod network (admission plugin
# RestrictedEndpointsAdmission), and for the second before an Ingress may name a host. Elsewhere they mean nothing.
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices/restricted]
  verbs: [create]
- apiGroups: [route.openshift.io]
  resources: [routes/custom-host]
  verbs: [create]
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}

{{- /* Not empty: CAs are injected into objects without namespace, which an installation for one namespace may not write. */}}
{{- define "certwright.injectsCas" -}}
{{- if and .Values.cainjector.enabled (not .Values.watchNamespace) }}true{{ end }}
{{- end }}

{{- /* Approval: who may approve for which signer is itself a question of RBAC, on the virtual resource "signers". */}}
{{- define "certwright.approvalRules" -}}
- apiGroups: [cert-manager.io]
  resources: [signers]
  {{- with .Values.approveSignerNames }}
  resourceNames:
    {{- range . }}
    - {{ . | quote }}
    {{- end }}
  {{- end }}
  verbs: [approve]
{{- end }}
