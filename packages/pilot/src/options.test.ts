import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const env = {
  NAVIGATOR_ENGINE: 'elasticsearch',
  NAVIGATOR_CONFIG: '{"a":1}',
  POD_NAME: 'es-demo-mixed-0',
  POD_NAMESPACE: 'default',
  POD_UID: 'u',
  POD_IP: '10.0.0.1',
  NODE_NAME: 'n',
};

test('options come from the environment', () => {
  expect(readOptions(env)).toEqual({
    engine: 'elasticsearch',
    config: { a: 1 },
    podName: 'es-demo-mixed-0',
    namespace: 'default',
    podUid: 'u',
    podIp: '10.0.0.1',
    nodeName: 'n',
    zone: undefined,
  });
});

test('each missing or empty variable is named', () => {
  expect(() => readOptions({ ...env, POD_IP: '', POD_UID: undefined })).toThrow(/POD_UID, POD_IP/);
});

test('a configuration that is no JSON is refused', () => {
  expect(() => readOptions({ ...env, NAVIGATOR_CONFIG: '{' })).toThrow(expect.objectContaining({ code: 'InvalidPilotEnv' }));
});
