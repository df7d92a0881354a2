/** The words of the system: schemas, types and names that the controller and the pilots share. Pure; no I/O. */
export * from './cassandra-cluster.ts';
export * from './common.ts';
export * from './advice.ts';
export * from './conditions.ts';
export * from './elasticsearch-cluster.ts';
export { type FlatSettings, hasNativeRealm, OWN_REALMS, settingsOf } from './elasticsearch-config.ts';
export * from './elasticsearch-security.ts';
export * from './errors.ts';
export * from './group.ts';
export * from './names.ts';
export * from './pilot-env.ts';
export * from './pilot.ts';
export * from './quantity.ts';
export * from './validation.ts';
export type { Problem } from './validation-rule.ts';
