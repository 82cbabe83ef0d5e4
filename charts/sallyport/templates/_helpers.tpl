{{- define "sallyport.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "sallyport.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "sallyport.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "sallyport.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "sallyport.fullname" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{/* Never changed: a Deployment's selector cannot be. */}}
{{- define "sallyport.selector" -}}
app.kubernetes.io/name: {{ include "sallyport.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "sallyport.ownLabels" -}}
{{ include "sallyport.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* Merged, and ours first: a label that is given twice would be two keys of one name. */}}
{{- define "sallyport.labels" -}}
{{ toYaml (merge (include "sallyport.ownLabels" . | fromYaml) .Values.commonLabels) }}
{{- end -}}

{{- define "sallyport.podLabels" -}}
{{ toYaml (merge (include "sallyport.ownLabels" . | fromYaml) .Values.podLabels .Values.commonLabels) }}
{{- end -}}

{{- define "sallyport.image" -}}
{{- with .Values.image -}}
{{- if .registry }}{{ .registry }}/{{ end }}{{ .repository }}
{{- if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The namespaces of a limited installation: the named ones and the release's own. */}}
{{- define "sallyport.namespaces" -}}
{{- append .Values.watchNamespaces .Release.Namespace | uniq | sortAlpha | toJson -}}
{{- end -}}

{{/* A volume of the audit trail's, or of publications, belongs to the image's group, or nothing could be written there. */}}
{{- define "sallyport.podSecurityContext" -}}
{{- $volume := .Values.audit.volume -}}
{{- if and (or .Values.audit.path .Values.delivery.existingClaim) $volume.fsGroup -}}
{{- toYaml (merge (deepCopy .Values.podSecurityContext) (dict "fsGroup" ($volume.fsGroup | int))) -}}
{{- else -}}
{{- toYaml .Values.podSecurityContext -}}
{{- end -}}
{{- end -}}

{{- define "sallyport.auditClaim" -}}
{{- .Values.audit.volume.existingClaim | default (printf "%s-audit" (include "sallyport.fullname" .)) -}}
{{- end -}}

{{- define "sallyport.auditVolume" -}}
{{- if or .Values.audit.volume.existingClaim .Values.audit.volume.size -}}
persistentVolumeClaim: {claimName: {{ include "sallyport.auditClaim" . }}}
{{- else -}}
emptyDir: {}
{{- end -}}
{{- end -}}

{{- define "sallyport.agentsService" -}}
{{- include "sallyport.fullname" . | trunc 56 | trimSuffix "-" -}}-agents
{{- end -}}

{{/* By which agents call: the Service's names, and those that were given. */}}
{{- define "sallyport.deliveryNames" -}}
{{- $service := printf "%s.%s" (include "sallyport.agentsService" .) .Release.Namespace -}}
{{- concat (list (printf "%s.svc" $service) (printf "%s.svc.cluster.local" $service) $service) .Values.delivery.names | uniq | toJson -}}
{{- end -}}
