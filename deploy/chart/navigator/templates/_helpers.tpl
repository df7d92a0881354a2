{{- define "navigator.name" -}}
{{ .Release.Name | trunc 40 | trimSuffix "-" }}-controller
{{- end -}}

{{- define "navigator.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "navigator.name" .) }}
{{- end -}}

{{- define "navigator.selector" -}}
app.kubernetes.io/name: navigator
app.kubernetes.io/component: controller
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* managed-by is left to Helm: the value "navigator" marks the children of clusters, which the controller watches. */ -}}
{{- define "navigator.labels" -}}
{{ include "navigator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: navigator
{{- end -}}

{{- define "navigator.controllerImage" -}}
{{ .Values.image.controller.repository }}:{{ .Values.image.controller.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "navigator.pilotImage" -}}
{{ .Values.image.pilot.repository }}:{{ .Values.image.pilot.tag | default .Chart.AppVersion }}
{{- end -}}
