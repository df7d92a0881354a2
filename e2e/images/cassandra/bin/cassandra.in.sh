# Common to cassandra and nodetool: homes, class path, the JVM's options from the *.options files.
: "${CASSANDRA_HOME:=/opt/cassandra}"
: "${CASSANDRA_CONF:=/etc/cassandra}"
cassandra_storagedir=${cassandra_storagedir:-$CASSANDRA_HOME/data}
CLASSPATH=$CASSANDRA_CONF:$CASSANDRA_HOME/lib/*
JAVA=${JAVA_HOME:+$JAVA_HOME/bin/}java

# The lines of an options file that are options.
jvm_options() {
  grep -sh '^-' "$@" || true
}
