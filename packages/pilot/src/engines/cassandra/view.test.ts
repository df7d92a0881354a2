import { expect, test } from 'vitest';
import { parseGossip, releaseVersion } from './gossip.ts';
import { factsOf } from './testing/answers.ts';
import { buildView } from './view.ts';

const facts = await factsOf('5.0.6', 'normal');
const { service = {}, gossip = '' } = facts;

test('a node that is not live is down', () => {
  const view = buildView({ ...facts, service: { ...service, LiveNodes: ['127.0.0.1'], UnreachableNodes: ['127.0.0.2'] } });
  expect(view?.members.find((member) => member.address === '127.0.0.2')?.state).toBe('Down');
});

test('a node that died while leaving still leaves', () => {
  const view = buildView({ ...facts, service: { ...service, LiveNodes: ['127.0.0.1'], LeavingNodes: ['127.0.0.2'] } });
  expect(view?.members.find((member) => member.address === '127.0.0.2')?.state).toBe('Leaving');
});

test.each([
  ['no EndpointToHostId', { ...facts, service: { ...service, EndpointToHostId: undefined } }],
  ['no LiveNodes', { ...facts, service: { ...service, LiveNodes: undefined } }],
  ['no LeavingNodes', { ...facts, service: { ...service, LeavingNodes: undefined } }],
  ['no gossip', { service }],
])('%s: the view is unknown, not smaller', (_name, partial) => {
  expect(buildView(partial)).toBeUndefined();
});

test('schema versions are those of live members only', () => {
  const other = '59adb24e-f3cd-3e02-97f0-5b395827453f';
  const changed = gossip.replace(/SCHEMA:(\d+):.*/, `SCHEMA:$1:${other}`); // of the first node
  expect(buildView({ ...facts, gossip: changed })?.schemaVersions).toHaveLength(2);
  const withoutFirst = buildView({ ...facts, gossip: changed, service: { ...service, LiveNodes: ['127.0.0.2'] } });
  expect(withoutFirst?.schemaVersions).not.toContain(other);
  const starting = `/127.0.0.9\n  SCHEMA:1:${other}\n`;
  const live = [...(service.LiveNodes ?? []), '127.0.0.9'];
  expect(
    buildView({ ...facts, gossip: `${gossip}${starting}`, service: { ...service, LiveNodes: live } })?.schemaVersions,
  ).toHaveLength(1);
});

test('the order of the answer does not matter', () => {
  const turned = Object.fromEntries(Object.entries(service.EndpointToHostId ?? {}).toReversed());
  expect(buildView({ ...facts, service: { ...service, EndpointToHostId: turned } })).toEqual(buildView(facts));
});

test('gossip: names before addresses, IPv6, lines that say nothing', () => {
  const text =
    'db-1.example/10.1.0.5\n  generation:1\n  SCHEMA:24:s1\n/fd00:0:0:0:0:0:0:7\n  RELEASE_VERSION:5:5.0.7-SNAPSHOT\n  odd\n';
  expect([...parseGossip(text)]).toEqual([
    ['10.1.0.5', { schema: 's1' }],
    ['fd00:0:0:0:0:0:0:7', { version: '5.0.7' }],
  ]);
  expect(releaseVersion('5.0.6')).toBe('5.0.6');
});
