/** Logging of garbage collections to files, in any of the forms that 7.17 to 9.x ship (`9-:` limits a line to some JVMs). */
const GC_LOG_FILE = /^(\d+(-\d*)?:)?(-Xlog:.*file=|-Xloggc:|-XX:.*GCLogFile|-XX:NumberOfGCLogFiles|-XX:GCLogFileSize)/;
const ERROR_FILE = /^((?:\d+(?:-\d*)?:)?)-XX:ErrorFile=.*$/;
const HEAP_DUMP = /^((?:\d+(?:-\d*)?:)?)-XX:HeapDumpPath=.*$/;

/**
 * The image's jvm.options for a read-only root: a JVM whose gc.log cannot be opened does not start, and one without a
 * place for its crash report leaves none.
 */
export function adaptJvmOptions(text: string, places: { readonly logs: string; readonly data: string }): string {
  return text
    .split('\n')
    .filter((line) => !GC_LOG_FILE.test(line))
    .map((line) => line.replace(ERROR_FILE, `$1-XX:ErrorFile=${places.logs}/hs_err_pid%p.log`))
    .map((line) => line.replace(HEAP_DUMP, `$1-XX:HeapDumpPath=${places.data}`))
    .join('\n');
}

/** jvm.options.d/navigator.options: a fixed heap, since Elasticsearch's own guess takes the machine's memory for its own,
 * and the lines that the user asks for. */
export function heapOptions(heapBytes: number, others: readonly string[] = []): string {
  return [`-Xms${heapBytes}`, `-Xmx${heapBytes}`, ...others, ''].join('\n');
}
