{{- /* Sections of cert-manager's chart that configure something which does not exist here. */}}
{{- define "certwright.sectionsWithoutMeaning" -}}
webhook: there is no webhook; the API server checks by the rules in the CRDs and by admission policies
startupapicheck: there is nothing to wait for after the installation
{{- end }}

{{- /* One sentence per line for each value that was given and has no effect. */}}
{{- define "certwright.ignoredValues" -}}
{{- $known := list "global" "installCRDs" "crds" "replicaCount" "strategy" "podDisruptionBudget" "featureGates" "maxConcurrentChallenges" -}}
{{- $known = concat $known (list "imageRegistry" "imageNamespace" "image" "clusterResourceNamespace" "namespace" "watchNamespace") -}}
{{- $known = concat $known (list "fullnameOverride" "nameOverride" "serviceAccount" "automountServiceAccountToken" "enableCertificateOwnerRef") -}}
{{- $known = concat $known (list "dns01RecursiveNameservers" "dns01RecursiveNameserversOnly" "disableAutoApproval" "acmesolver" "cainjector" "approveSignerNames" "admission") -}}
{{- $known = concat $known (list "config" "extraArgs" "extraEnv" "extraContainers" "resources" "securityContext" "containerSecurityContext") -}}
{{- $known = concat $known (list "volumes" "volumeMounts" "deploymentAnnotations" "podAnnotations" "podLabels" "serviceAnnotations") -}}
{{- $known = concat $known (list "serviceLabels" "serviceIPFamilyPolicy" "serviceIPFamilies" "podDnsPolicy" "podDnsConfig" "hostAliases") -}}
{{- $known = concat $known (list "nodeSelector" "affinity" "tolerations" "topologySpreadConstraints" "runtimeClassName" "enableServiceLinks") -}}
{{- $known = concat $known (list "ingressShim" "http_proxy" "https_proxy" "no_proxy" "networkPolicy" "prometheus" "livenessProbe") -}}
{{- $known = concat $known (list "readinessProbe" "extraObjects" "creator" "enabled") -}}
{{- $without := include "certwright.sectionsWithoutMeaning" . | fromYaml -}}
{{- range $key, $value := .Values }}
{{- if hasKey $without $key }}
{{- if $value }}
{{ $key }}: {{ get $without $key }}.
{{- end }}
{{- else if not (has $key $known) }}
{{ $key }}: this chart has no such value.
{{- end }}
{{- end }}
{{- with omit .Values.cainjector "enabled" }}
cainjector: the operator injects CAs itself; of this section only enabled has a meaning.
{{- end }}
{{- with .Values.acmesolver }}
{{- if and (eq .pods "never") (or .image.repository .runtimeClassName) }}
acmesolver: with pods set to never, the operator answers HTTP-01 challenges itself, and the rest of this section has no meaning.
{{- end }}
{{- end }}
{{- if and (ne .Values.acmesolver.pods "never") (contains "cert-manager-acmesolver" (toString .Values.acmesolver.image.repository)) }}
acmesolver: its image is cert-manager's; {{ include "certwright.image" . }} is used instead.
{{- end }}
{{- with .Values.global.podSecurityPolicy }}
{{- if .enabled }}
global.podSecurityPolicy: no supported Kubernetes has PodSecurityPolicy; the pod meets the Pod Security level "restricted".
{{- end }}
{{- end }}
{{- if include "certwright.isForeignImage" . }}
image: it names cert-manager's controller, which is another program; {{ include "certwright.image" . }} is used instead.
{{- end }}
{{- end }}
