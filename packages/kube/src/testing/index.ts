/** Fakes to test against: time that moves when told, and an API server in memory. Not for production code. */
export * from './fake-apiserver.ts';
export * from './fake-clock.ts';
export { FakeFailure } from './fake-status.ts';
export { eventFor, FakeStore, type Revision } from './fake-store.ts';
export { filterOf } from './fake-watch.ts';
export * from './free-port.ts';
export * from './http-front.ts';
export * from './memory-transport.ts';
export * from './random.ts';
export * from './real-apiserver.ts';
export * from './known-requests.ts';
export { sameExcept, sameJson } from './same-json.ts';
export { statusError } from '../status-error.ts';
