import { expect, test } from 'vitest';
import { drainNode } from './drain.ts';
import { JOLOKIA_ACCESS_XML } from './jolokia-access.ts';
import { startAgent } from './testing/answers.ts';
import { readNodeFacts } from './storage-service.ts';

test('the agent lets in all that the pilot asks', async () => {
  const { signal } = new AbortController();
  await using agent = await startAgent((body) => JSON.stringify(JSON.parse(body).map(() => ({ status: 200, value: 'NORMAL' }))));
  await readNodeFacts(agent.jmx, signal);
  await drainNode(agent.jmx, signal);
  const asked = agent.asked.flatMap((body) => JSON.parse(body));
  expect(asked.length).toBeGreaterThan(3);
  for (const { type, mbean, operation, attribute } of asked) {
    const [, allowed = ''] = JOLOKIA_ACCESS_XML.split(`<name>${mbean}</name>`);
    const [rule] = allowed.split('</mbean>');
    const wanted = type === 'exec' ? `<operation>${operation}</operation>` : `<attribute mode="read">${attribute}</attribute>`;
    expect([wanted, '<attribute mode="read">*</attribute>'].some((each) => rule?.includes(each))).toBe(true);
    if (type === 'exec') expect(rule).toContain(wanted);
  }
});

test('it lets in no commands that are not named', () => {
  expect(JOLOKIA_ACCESS_XML).toContain('<commands/>');
  expect(JOLOKIA_ACCESS_XML).not.toContain('<operation>*');
});
