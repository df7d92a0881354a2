#!/bin/bash
# Behaves as the entrypoint of the official image: without a command, or with options only, it starts `cassandra -f`; for
# `cassandra` it writes the CASSANDRA_* variables into $CASSANDRA_CONF/cassandra.yaml and cassandra-rackdc.properties.
# Started as root it gives the folders to the user cassandra and changes to it.
set -e

if [ $# -eq 0 ] || [[ $1 == -* ]]; then
  set -- cassandra -f "$@"
fi

if [ "$1" = cassandra ] && [ "$(id -u)" = 0 ]; then
  chown -R cassandra "$CASSANDRA_CONF" /var/lib/cassandra /var/log/cassandra
  exec setpriv --reuid=cassandra --regid=cassandra --init-groups "$BASH_SOURCE" "$@"
fi

own_address() {
  local addresses
  read -r -a addresses <<< "$(hostname -I)"
  echo "${addresses[0]}"
}

# Writes through the file and does not replace it: it may be a mount.
edit() {
  local file=$1 script=$2 text
  text=$(sed -r "$script" "$file")
  printf '%s\n' "$text" > "$file"
}

set_yaml() {
  edit "$CASSANDRA_CONF/cassandra.yaml" 's/^(# )?('"$1"':).*/\2 '"$2"'/'
}

if [ "$1" = cassandra ]; then
  : "${CASSANDRA_RPC_ADDRESS=0.0.0.0}"
  : "${CASSANDRA_LISTEN_ADDRESS=auto}"
  [ "$CASSANDRA_LISTEN_ADDRESS" != auto ] || CASSANDRA_LISTEN_ADDRESS=$(own_address)
  : "${CASSANDRA_BROADCAST_ADDRESS=$CASSANDRA_LISTEN_ADDRESS}"
  [ "$CASSANDRA_BROADCAST_ADDRESS" != auto ] || CASSANDRA_BROADCAST_ADDRESS=$(own_address)
  : "${CASSANDRA_BROADCAST_RPC_ADDRESS:=$CASSANDRA_BROADCAST_ADDRESS}"
  [ -z "${CASSANDRA_NAME:+1}" ] || : "${CASSANDRA_SEEDS:=cassandra}"
  : "${CASSANDRA_SEEDS:=$CASSANDRA_BROADCAST_ADDRESS}"
  edit "$CASSANDRA_CONF/cassandra.yaml" 's/(- seeds:).*/\1 "'"$CASSANDRA_SEEDS"'"/'
  for setting in broadcast_address broadcast_rpc_address cluster_name endpoint_snitch listen_address num_tokens \
    rpc_address start_rpc; do
    variable=CASSANDRA_${setting^^}
    [ -z "${!variable}" ] || set_yaml "$setting" "${!variable}"
  done
  for setting in dc rack; do
    variable=CASSANDRA_${setting^^}
    [ -z "${!variable}" ] ||
      edit "$CASSANDRA_CONF/cassandra-rackdc.properties" 's/^('"$setting"'=).*/\1 '"${!variable}"'/'
  done
fi

exec "$@"
