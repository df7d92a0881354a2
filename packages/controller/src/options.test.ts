import { expect, test } from 'vitest';
import { OptionError, parseOptions, usage } from './options.ts';

const image = ['--pilot-image', 'navigator/pilot:1'];

test('the defaults', () => {
  expect(parseOptions(image, {})).toEqual({
    namespaces: [],
    pilotImage: 'navigator/pilot:1',
    leaderElect: true,
    leaseNamespace: 'navigator-system',
    kubeconfig: undefined,
    context: undefined,
    httpHost: undefined,
    httpPort: 8080,
    logLevel: 'info',
    concurrency: 4,
  });
});

test('flags win over the environment, the environment over defaults', () => {
  const options = parseOptions([...image, '--namespaces', 'a, b', '--leader-elect=false', '--concurrency', '2'], {
    NAVIGATOR_CONCURRENCY: '8',
    NAVIGATOR_HTTP_PORT: '9090',
    POD_NAMESPACE: 'ops',
  });
  expect(options).toMatchObject({
    namespaces: ['a', 'b'],
    leaderElect: false,
    concurrency: 2,
    httpPort: 9090,
    leaseNamespace: 'ops',
  });
});

test('a bare --leader-elect means true', () => {
  expect(parseOptions([...image, '--leader-elect', '--http-port', '0'], {})).toMatchObject({ leaderElect: true, httpPort: 0 });
});

test.each([
  [[], /--pilot-image is needed/],
  [[...image, '--http-port', 'web'], /--http-port "web" is not a port/],
  [[...image, '--http-port', '70000'], /--http-port "70000" is not a port/],
  [[...image, '--concurrency', '0'], /--concurrency "0" is less than 1/],
  [[...image, '--namespaces', 'a,B'], /--namespaces "a,B" is not the name of a namespace/],
  [[...image, '--log-level', 'loud'], /--log-level "loud"/],
  [[...image, '--leader-elect=maybe'], /--leader-elect "maybe"/],
  [[...image, '--nonsense'], /--nonsense/],
])('%j is refused with the name of the flag', (args, message) => {
  const attempt = (): unknown => parseOptions(args, {});
  expect(attempt).toThrow(OptionError);
  expect(attempt).toThrow(message);
});

test('--help lists every flag', () => {
  expect(parseOptions(['--help'], {})).toBeUndefined();
  expect(usage()).toContain('--pilot-image');
  expect(usage()).toContain('--lease-namespace');
});
