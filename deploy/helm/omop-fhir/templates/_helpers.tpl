{{- define "omop-fhir.name" -}}
{{- printf "%s-omop-fhir" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "omop-fhir.selector" -}}
app.kubernetes.io/name: omop-fhir
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "omop-fhir.labels" -}}
{{ include "omop-fhir.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "omop-fhir.secret" -}}
{{- .Values.existingSecret | default (include "omop-fhir.name" .) -}}
{{- end -}}

{{- define "omop-fhir.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "omop-fhir.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "omop-fhir.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}
