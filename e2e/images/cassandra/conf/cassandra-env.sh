# Sourced by bin/cassandra: adds to JVM_OPTS. Honours MAX_HEAP_SIZE, HEAP_NEWSIZE, JMX_PORT, LOCAL_JMX, JVM_EXTRA_OPTS.

# As the stock file: half the memory up to 1 GiB, or a quarter up to 8 GiB, whichever is more. It counts the machine's
# memory and not the container's, so set MAX_HEAP_SIZE in a container.
default_heap_size() {
  local total half quarter
  total=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  half=$((total / 2 < 1024 ? total / 2 : 1024))
  quarter=$((total / 4 < 8192 ? total / 4 : 8192))
  echo "$((half > quarter ? half : quarter))M"
}

if [[ " $JVM_OPTS" != *" -Xmx"* ]]; then
  : "${MAX_HEAP_SIZE:=$(default_heap_size)}"
  JVM_OPTS="$JVM_OPTS -Xms$MAX_HEAP_SIZE -Xmx$MAX_HEAP_SIZE"
fi
# G1 sizes its young generation by itself.
if [ -n "$HEAP_NEWSIZE" ] && [[ "$JVM_OPTS" != *"UseG1GC"* ]]; then
  JVM_OPTS="$JVM_OPTS -Xmn$HEAP_NEWSIZE"
fi

: "${JMX_PORT:=7199}"
if [ "${LOCAL_JMX:-yes}" = yes ]; then
  JVM_OPTS="$JVM_OPTS -Dcassandra.jmx.local.port=$JMX_PORT"
else
  JVM_OPTS="$JVM_OPTS -Dcassandra.jmx.remote.port=$JMX_PORT -Dcom.sun.management.jmxremote.rmi.port=$JMX_PORT"
  JVM_OPTS="$JVM_OPTS -Dcom.sun.management.jmxremote.authenticate=true"
fi
JVM_OPTS="$JVM_OPTS -Dcassandra.libjemalloc=- $JVM_EXTRA_OPTS"
