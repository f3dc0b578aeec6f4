{{- /* What the ServiceMonitor and the PodMonitor have in common: {root, monitor, kind}. */}}
{{- define "certwright.monitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  name: {{ include "certwright.fullname" .root }}
  namespace: {{ .monitor.namespace | default (include "certwright.namespace" .root) }}
  labels:
    {{- include "certwright.labels" .root | nindent 4 }}
    {{- with .monitor.prometheusInstance }}
    prometheus: {{ . }}
    {{- end }}
    {{- with .monitor.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .monitor.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  jobLabel: app.kubernetes.io/name
  namespaceSelector:
    matchNames:
      - {{ include "certwright.namespace" .root }}
  selector:
    matchLabels:
      {{- include "certwright.selectorLabels" .root | nindent 6 }}
{{- end }}

{{- /* The fields that an endpoint of either has. */}}
{{- define "certwright.monitorEndpoint" -}}
path: {{ .path }}
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
honorLabels: {{ .honorLabels }}
{{- with .endpointAdditionalProperties }}
{{ toYaml . }}
{{- end }}
{{- end }}
