{{- /*
Non-empty when the image values name cert-manager's controller, as a values file written for cert-manager does.
That image is another program; its name, tag and digest are ignored and the notes say so.
*/}}
{{- define "certwright.isForeignImage" -}}
{{- if or (contains "cert-manager-controller" (toString .Values.image.repository)) (contains "cert-manager-controller" (toString .Values.image.name)) }}true{{ end }}
{{- end }}

{{- /* The image with tag or digest. */}}
{{- define "certwright.image" -}}
{{- if include "certwright.isForeignImage" . -}}
certwright/certwright:{{ .Chart.AppVersion }}
{{- else -}}
{{- $image := .Values.image -}}
{{- $name := $image.repository | default (list .Values.imageRegistry .Values.imageNamespace $image.name | compact | join "/") -}}
{{- $tag := $image.tag | default (ternary "" .Chart.AppVersion (not (empty $image.digest))) -}}
{{- list $image.registry $name | compact | join "/" -}}
{{- with $tag }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end -}}
{{- end }}

{{- /* The image of solver pods: one of their own, or the operator's. That of cert-manager's solver has other versions than this chart. */}}
{{- define "certwright.solverImage" -}}
{{- $image := .Values.acmesolver.image -}}
{{- if or (not $image.repository) (contains "cert-manager-acmesolver" (toString $image.repository)) -}}
{{- include "certwright.image" . -}}
{{- else -}}
{{- $image.repository -}}
{{- with $image.tag | default (ternary "" .Chart.AppVersion (not (empty $image.digest))) }}:{{ . }}{{ end -}}
{{- with $image.digest }}@{{ . }}{{ end -}}
{{- end -}}
{{- end }}
