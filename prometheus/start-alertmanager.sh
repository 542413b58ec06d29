#!/bin/sh
# Alertmanager expands no environment variables: the addresses are written into a copy of its configuration.
set -eu
copy=${ALERTMANAGER_COPY:-/tmp/alertmanager}
source=${ALERTMANAGER_SOURCE:-/etc/alertmanager/source}
mkdir -p "$copy/templates"
sed "s#https://api.telegram.org#$TELEGRAM_API_URL#" "$source/alertmanager.yml" > "$copy/alertmanager.yml"
cp "$source"/templates/*.tmpl "$copy/templates/"
cat > "$copy/templates/links.tmpl" <<END
{{ define "links.grafana" }}$GRAFANA_URL{{ end }}
{{ define "links.docs" }}$DOCS_URL{{ end }}
END
exec "${ALERTMANAGER:-/bin/alertmanager}" --config.file="$copy/alertmanager.yml" "$@"
