/** Fakes to test against: time that moves when told, and an API server in memory. Not for production code. */
export * from './fake-clock.ts';
