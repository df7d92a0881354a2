import { expect, test } from 'vitest';
import { clusterIndex } from './addresses.ts';
import { programPath } from './binaries.ts';
import { fullName } from './images.ts';
import { imageTable } from './image-table.ts';

test.each([
  ['cassandra:5.0.6', 'docker.io/library/cassandra:5.0.6'],
  ['library/cassandra:5.0.6', 'docker.io/library/cassandra:5.0.6'],
  ['localhost/pause:1', 'localhost/pause:1'],
  ['docker.elastic.co/elasticsearch/elasticsearch:8.15.0', 'docker.elastic.co/elasticsearch/elasticsearch:8.15.0'],
])('%s', (name, full) => {
  expect(fullName(name)).toBe(full);
  expect(imageTable.has(full)).toBe(true);
});

test('every program is in one group of builds', () => {
  expect(programPath('kubectl')).toContain('/bin/kubernetes-1.35.4/kubectl');
  expect(programPath('etcd')).toContain('/bin/etcd-3.6.5/etcd');
  expect(() => programPath('docker')).toThrow('docker');
});

test('a cluster is named by one digit', () => {
  expect(clusterIndex({})).toBe(0);
  expect(clusterIndex({ NAVIGATOR_CLUSTER: '3' })).toBe(3);
  expect(() => clusterIndex({ NAVIGATOR_CLUSTER: '12' })).toThrow('NAVIGATOR_CLUSTER');
});
