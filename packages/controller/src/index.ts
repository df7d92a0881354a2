/**
 * The controller: observe → evaluate → plan → execute → report, for every engine. main.ts is the program; this entry is
 * for tests that run it in their own process.
 */
export { type Options, parseOptions } from './options.ts';
export { type ControllerProcess, LEASE_NAME, wire, type WireOptions } from './wire.ts';
