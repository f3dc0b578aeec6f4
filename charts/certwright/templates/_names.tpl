{{- /* The chart's name as a label value. */}}
{{- define "certwright.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* The name that all objects share. A release that is named for the chart is not named twice. */}}
{{- define "certwright.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "certwright.namespace" -}}
{{- default .Release.Namespace .Values.namespace }}
{{- end }}

{{- define "certwright.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "certwright.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- /* A namespaced installation may have no rights in kube-system, and two of them must not exclude each other. */}}
{{- define "certwright.leaseNamespace" -}}
{{- .Values.global.leaderElection.namespace | default .Values.watchNamespace | default "kube-system" }}
{{- end }}

{{- /* Non-empty when objects that belong to the whole cluster may be made besides the CRDs. */}}
{{- define "certwright.mayBeClusterWide" -}}
{{- if or (not .Values.watchNamespace) .Values.crds.enabled .Values.installCRDs }}true{{ end }}
{{- end }}

{{- define "certwright.selectorLabels" -}}
app.kubernetes.io/name: {{ include "certwright.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: controller
{{- end }}

{{- define "certwright.labels" -}}
{{ include "certwright.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- if eq .Values.creator "helm" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- with .Values.global.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The subject of every binding. */}}
{{- define "certwright.subject" -}}
- kind: ServiceAccount
  name: {{ include "certwright.serviceAccountName" . }}
  namespace: {{ include "certwright.namespace" . }}
{{- end }}
