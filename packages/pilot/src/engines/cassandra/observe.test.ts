import { describe, expect, test } from 'vitest';
import { toObservation } from './observe.ts';
import { factsOf, VERSIONS } from './testing/answers.ts';

const own = { podIp: '10.1.0.5', drainAsked: false };

describe.each(VERSIONS)('what a real %s told', (version) => {
  test('before its MBeans are there: nothing is known, and the JVM lives', async () => {
    expect(toObservation(await factsOf(version, 'booting'), own)).toEqual({
      ready: false,
      alive: true,
      message: expect.stringContaining('not registered'),
    });
  });

  test('while it starts: no view, since it has heard of nobody yet', async () => {
    const observation = toObservation(await factsOf(version, 'starting'), own);
    expect(observation).toMatchObject({ ready: false, alive: true, message: 'the node is STARTING', version });
    expect(observation.view).toBeUndefined();
  });

  test('while it joins: no view either', async () => {
    const observation = toObservation(await factsOf(version, 'joining'), own);
    expect(observation).toMatchObject({ ready: false, alive: true, message: 'the node is JOINING' });
    expect(observation.view).toBeUndefined();
  });

  test('when it serves: version, identity, data and the ring', async () => {
    const observation = toObservation(await factsOf(version, 'normal'), own);
    expect(observation).toMatchObject({ ready: true, alive: true, version, identity: { address: '10.1.0.5' } });
    expect(observation.message).toBeUndefined();
    expect(observation.data?.bytes).toBeGreaterThan(50_000);
    expect(observation.view?.authoritative).toBe(false);
    expect(observation.view?.members).toHaveLength(2);
    for (const member of observation.view?.members ?? []) expect(member).toMatchObject({ state: 'Up', version });
    expect(observation.view?.schemaVersions).toHaveLength(1);
    expect(observation.view?.members.map((member) => member.id)).toContain(observation.identity?.id);
  });

  test('both nodes of a ring at rest tell the same of it', async () => {
    const [first, second] = [await factsOf(version, 'normal'), await factsOf(version, 'normal-2')];
    expect(toObservation(first, own).view).toEqual(toObservation(second, own).view);
  });

  test.each([
    ['peer-joining', 'Joining'],
    ['peer-leaving', 'Leaving'],
  ] as const)('%s: the peer is %s', async (state, expected) => {
    const { view } = toObservation(await factsOf(version, state), own);
    const states = view?.members.map((member) => [member.address, member.state]);
    expect(states).toContainEqual(['127.0.0.2', expected]);
    expect(states).toContainEqual(['127.0.0.1', 'Up']);
  });

  test('a peer that left is no member, though gossip still has it', async () => {
    const facts = await factsOf(version, 'peer-left');
    expect(facts.gossip).toContain('127.0.0.2');
    expect(toObservation(facts, own).view?.members.map((member) => member.address)).toEqual(['127.0.0.1']);
  });

  test('decommissioned: alive for ever, never ready, keeps its host id', async () => {
    const observation = toObservation(await factsOf(version, 'decommissioned'), own);
    expect(observation).toMatchObject({ ready: false, alive: true, message: 'the node is DECOMMISSIONED', identity: {} });
    expect(observation.view).toBeUndefined();
  });

  test('drained by somebody else: only a restart helps', async () => {
    const facts = await factsOf(version, 'drained');
    expect(toObservation(facts, own)).toMatchObject({ ready: false, alive: false, message: 'the node is DRAINED' });
    expect(toObservation(facts, { ...own, drainAsked: true }).alive).toBe(true);
  });
});

test('NORMAL without CQL is not ready', async () => {
  const facts = await factsOf('5.0.6', 'normal');
  const deaf = { ...facts, service: { ...facts.service, NativeTransportRunning: false } };
  expect(toObservation(deaf, own)).toMatchObject({ ready: false, alive: true, message: expect.stringContaining('CQL') });
});

test('a bootstrap that failed needs a new process', () => {
  expect(toObservation({ service: { OperationMode: 'JOINING_FAILED' } }, own)).toMatchObject({ ready: false, alive: false });
});
