{{- /* The operator's arguments, one YAML list item per line. */}}
{{- define "certwright.args" -}}
{{- $values := .Values -}}
{{- if $values.config }}
- --config=/etc/certwright/config.yaml
{{- end }}
{{- if ne (toString $values.global.logLevel) "" }}
- --v={{ $values.global.logLevel }}
{{- end }}
- --cluster-resource-namespace={{ $values.clusterResourceNamespace | default "$(POD_NAMESPACE)" }}
{{- with $values.watchNamespace }}
- --namespace={{ . }}
{{- end }}
- --leader-election-namespace={{ include "certwright.leaseNamespace" . }}
{{- with $values.global.leaderElection }}
{{- with .leaseDuration }}
- --leader-election-lease-duration={{ . }}
{{- end }}
{{- with .renewDeadline }}
- --leader-election-renew-deadline={{ . }}
{{- end }}
{{- with .retryPeriod }}
- --leader-election-retry-period={{ . }}
{{- end }}
{{- end }}
{{- if $values.prometheus.enabled }}
- --replicas-service={{ include "certwright.namespace" . }}/{{ include "certwright.fullname" . }}
{{- else }}
- --metrics-listen-address=0
{{- end }}
- --acme-http01-solver-pods={{ $values.acmesolver.pods }}
{{- if ne $values.acmesolver.pods "never" }}
- {{ printf "--acme-http01-solver-image=%s" (include "certwright.solverImage" .) | quote }}
{{- with $values.acmesolver.runtimeClassName }}
- {{ printf "--acme-http01-solver-runtime-class-name=%s" . | quote }}
{{- end }}
{{- end }}
{{- with $values.featureGates }}
- {{ printf "--feature-gates=%s" . | quote }}
{{- end }}
{{- with $values.maxConcurrentChallenges }}
- --max-concurrent-challenges={{ int . }}
{{- end }}
{{- if $values.enableCertificateOwnerRef }}
- --enable-certificate-owner-ref=true
{{- end }}
{{- with $values.ingressShim }}
{{- with .defaultIssuerName }}
- {{ printf "--default-issuer-name=%s" . | quote }}
{{- end }}
{{- with .defaultIssuerKind }}
- {{ printf "--default-issuer-kind=%s" . | quote }}
{{- end }}
{{- with .defaultIssuerGroup }}
- {{ printf "--default-issuer-group=%s" . | quote }}
{{- end }}
{{- end }}
{{- with $values.dns01RecursiveNameservers }}
- {{ printf "--dns01-recursive-nameservers=%s" . | quote }}
{{- end }}
{{- if $values.dns01RecursiveNameserversOnly }}
- --dns01-recursive-nameservers-only=true
{{- end }}
{{- $without := list }}
{{- if $values.disableAutoApproval }}
{{- $without = append $without "-certificaterequests-approver" }}
{{- end }}
{{- if not $values.cainjector.enabled }}
{{- $without = append $without "-ca-injector" }}
{{- end }}
{{- with $without }}
- --controllers=*,{{ join "," . }}
{{- end }}
{{- with $values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "certwright.env" -}}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
# The address that the EndpointSlices of HTTP-01 challenges lead to.
- name: POD_IP
  valueFrom:
    fieldRef:
      fieldPath: status.podIP
{{- with .Values.http_proxy }}
- name: HTTP_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.https_proxy }}
- name: HTTPS_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.no_proxy }}
- name: NO_PROXY
  value: {{ . | quote }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* A probe of the health port: {path, probe}, where probe is livenessProbe or readinessProbe of the values. */}}
{{- define "certwright.probe" -}}
httpGet:
  path: {{ .path }}
  port: http-healthz
  scheme: HTTP
{{- /* The API server drops a zero, and kubectl apply would report a change each time. */}}
{{- with .probe.initialDelaySeconds }}
initialDelaySeconds: {{ . }}
{{- end }}
periodSeconds: {{ .probe.periodSeconds }}
timeoutSeconds: {{ .probe.timeoutSeconds }}
successThreshold: {{ .probe.successThreshold }}
failureThreshold: {{ .probe.failureThreshold }}
{{- end }}

{{- /* Prometheus without its operator finds the pod by these; what the user says takes precedence. */}}
{{- define "certwright.podAnnotations" -}}
{{- $scraped := dict }}
{{- if and .Values.prometheus.enabled (not .Values.prometheus.servicemonitor.enabled) (not .Values.prometheus.podmonitor.enabled) }}
{{- $scraped = dict "prometheus.io/scrape" "true" "prometheus.io/port" "9402" "prometheus.io/path" "/metrics" }}
{{- end }}
{{- if .Values.config }}
{{- /* The file is read at the start only, so another one starts other pods. */}}
{{- $_ := set $scraped "checksum/config" (include "certwright.configuration" . | sha256sum) }}
{{- end }}
{{- with merge (deepCopy (default (dict) .Values.podAnnotations)) $scraped }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- /* The configuration file, of the kind that cert-manager reads. */}}
{{- define "certwright.configuration" -}}
{{- merge (deepCopy .Values.config) (dict "apiVersion" "controller.config.cert-manager.io/v1alpha1" "kind" "ControllerConfiguration") | toYaml }}
{{- end }}
