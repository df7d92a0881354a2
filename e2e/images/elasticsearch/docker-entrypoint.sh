#!/bin/bash
# Behaves as the entrypoint of the official image does for a user that is not root:
# - `eswrapper` (the default) starts Elasticsearch; anything else is executed as it is;
# - variables named like settings (`cluster.name`, or ES_SETTING_CLUSTER_NAME) become -E arguments.
# ELASTIC_PASSWORD and ELASTIC_PASSWORD_FILE are ignored here: they seed the keystore in the official image.
set -e
umask 0002

if [ "$1" != eswrapper ]; then
  exec "$@"
fi

arguments=()
while IFS= read -r -d '' variable; do
  name=${variable%%=*}
  value=${variable#*=}
  [ -n "$value" ] || continue
  if [[ $name =~ ^[a-z0-9_]+\.[a-z0-9_]+ ]]; then
    arguments+=("-E$name=$value")
  elif [[ $name =~ ^ES_SETTING_[A-Z0-9_]+$ ]]; then
    setting=${name#ES_SETTING_}
    setting=${setting//__/$'\n'} # a double underscore is an underscore, a single one a dot
    setting=${setting//_/.}
    setting=${setting//$'\n'/_}
    arguments+=("-E${setting,,}=$value")
  fi
done < /proc/self/environ

# In a container the cgroup's files are mounted at the root of the hierarchy, whatever /proc/self/cgroup says.
export ES_JAVA_OPTS="-Des.cgroups.hierarchy.override=/ $ES_JAVA_OPTS"
exec /usr/share/elasticsearch/bin/elasticsearch "${arguments[@]}"
