import { KubeError } from '@navigator/kube';
import { expect, test } from 'vitest';
import { errorFields } from './logger.ts';

test('an error gives its words and those of its causes, and no other field', () => {
  const cause = Object.assign(new Error('socket hang up'), {
    code: 'ECONNRESET',
    request: { headers: { authorization: 'Bearer x' } },
  });
  const error = new KubeError('KUBE_UNREACHABLE', 'GET /api: socket hang up', { cause });
  expect(errorFields(error)).toEqual({
    type: 'KubeError',
    code: 'KUBE_UNREACHABLE',
    message: 'GET /api: socket hang up',
    stack: expect.any(String),
    cause: { type: 'Error', code: 'ECONNRESET', message: 'socket hang up' },
  });
});

test('causes that go round end, long words are cut, anything may be thrown', () => {
  const error = new Error('x'.repeat(5000));
  error.cause = error;
  expect(JSON.stringify(errorFields(error)).length).toBeLessThan(20_000);
  expect(errorFields('text')).toEqual({ message: 'text' });
});
