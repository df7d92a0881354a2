import { expect, test } from 'vitest';
import { adaptJvmOptions, heapOptions } from './jvm-options.ts';

const places = { logs: '/run/logs', data: '/data' };

test.each([
  '-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime,level,pid,tags:filecount=32,filesize=64m',
  '9-:-Xlog:gc*,gc+age=trace,safepoint:file=logs/gc.log:utctime,pid,tags:filecount=32,filesize=64m',
  '-Xlog:gc*,gc+age=trace,safepoint:file=gc.log:utctime,level,pid,tags:filecount=32,filesize=64m',
  '8:-Xloggc:logs/gc.log',
  '8:-XX:+UseGCLogFileRotation',
  '8:-XX:NumberOfGCLogFiles=32',
])('a log file on the read-only root goes: %s', (line) => {
  expect(adaptJvmOptions(`-XX:+UseG1GC\n${line}\n`, places)).toBe('-XX:+UseG1GC\n');
});

test.each([
  ['-XX:ErrorFile=logs/hs_err_pid%p.log', '-XX:ErrorFile=/run/logs/hs_err_pid%p.log'],
  ['14-:-XX:ErrorFile=hs_err_pid%p.log', '14-:-XX:ErrorFile=/run/logs/hs_err_pid%p.log'],
  ['-XX:HeapDumpPath=data', '-XX:HeapDumpPath=/data'],
])('%s gets a place that can be written', (line, expected) => {
  expect(adaptJvmOptions(line, places)).toBe(expected);
});

test('everything else stays, comments too', () => {
  const text = '## note\n-Djava.io.tmpdir=${ES_TMPDIR}\n20-:--add-modules=jdk.incubator.vector\n-Xlog:disable\n';
  expect(adaptJvmOptions(text, places)).toBe(text);
});

test('the heap is fixed, in bytes', () => {
  expect(heapOptions(419_430_400)).toBe('-Xms419430400\n-Xmx419430400\n');
});

test("the user's lines come after the heap", () => {
  expect(heapOptions(1024, ['-XX:+UseZGC', '17-:-Da=b'])).toBe('-Xms1024\n-Xmx1024\n-XX:+UseZGC\n17-:-Da=b\n');
  expect(heapOptions(1024)).toBe('-Xms1024\n-Xmx1024\n');
});
