{{/* The name of all objects: the release's, with wiredesk in it. */}}
{{- define "wiredesk.name" -}}
{{- if contains "wiredesk" .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}{{ else }}{{ printf "%s-wiredesk" .Release.Name | trunc 63 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* The labels that select the pods. They never change. */}}
{{- define "wiredesk.selector" -}}
app.kubernetes.io/name: wiredesk
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wiredesk.labels" -}}
{{ include "wiredesk.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}
