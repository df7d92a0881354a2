import { expect, test } from 'vitest';
import { cassandra } from '../engines/cassandra/index.ts';
import { elasticsearch } from '../engines/elasticsearch/index.ts';
import { cassandraSnapshot, elasticsearchSnapshot, withoutPilot } from '../testing/snapshots.ts';
import type { Verdict } from './action.ts';
import { createPilot } from './create-pilot.ts';

function made(verdicts: readonly Verdict[]): readonly (readonly string[])[] {
  return verdicts.map((verdict) =>
    verdict.is === 'ready'
      ? verdict.effects.flatMap((effect) => (effect.do === 'apply' ? [effect.object.metadata.name] : []))
      : [],
  );
}

test('nodes that may start together are told in one step, each with its event', () => {
  const given = withoutPilot(withoutPilot(elasticsearchSnapshot(), 'es-demo-mixed-1'), 'es-demo-mixed-2');
  const verdicts = createPilot.evaluate(given, elasticsearch);
  expect(made(verdicts)).toEqual([['es-demo-mixed-1', 'es-demo-mixed-2']]);
  const [verdict] = verdicts;
  const events =
    verdict?.is === 'ready' ? verdict.effects.flatMap((effect) => (effect.do === 'event' ? [effect.event.message] : [])) : [];
  expect(events).toEqual(['Created pilot "es-demo-mixed-1"', 'Created pilot "es-demo-mixed-2"']);
});

test('nodes that may not are told by steps of their own: after the first the ring is asked again', () => {
  const given = withoutPilot(withoutPilot(cassandraSnapshot(), 'cass-demo-ring-1'), 'cass-demo-ring-2');
  expect(made(createPilot.evaluate(given, cassandra))).toEqual([['cass-demo-ring-1'], ['cass-demo-ring-2']]);
});
