{{- /* Non-empty when the admission policies are part of this release. They belong to the whole cluster. */}}
{{- define "certwright.hasAdmission" -}}
{{- if and .Values.admission.enabled (include "certwright.mayBeClusterWide" .) }}true{{ end }}
{{- end }}

{{- /* Non-empty when the requester is stamped: as the values say, otherwise where the cluster serves MutatingAdmissionPolicies. */}}
{{- define "certwright.stampsRequester" -}}
{{- $given := toString .Values.admission.stampRequester }}
{{- if eq $given "true" }}true
{{- else if and (eq $given "") (.Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy") }}true
{{- end }}
{{- end }}

{{- /* Where requests are stamped: wherever this release works. */}}
{{- define "certwright.stampedNamespaces" -}}
{{- with .Values.watchNamespace }}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ . }}
{{- end }}
{{- end }}

{{- /* Where requests are checked: not in namespaces with the label by which cert-manager's webhook is told to stay away. */}}
{{- define "certwright.checkedNamespaces" -}}
namespaceSelector:
  {{- with .Values.watchNamespace }}
  matchLabels:
    kubernetes.io/metadata.name: {{ . }}
  {{- end }}
  matchExpressions:
    - key: cert-manager.io/disable-validation
      operator: NotIn
      values: ["true"]
{{- end }}
