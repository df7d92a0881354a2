import type { Faults } from '../world.ts';

/** Nothing goes wrong. */
export const NO_FAULTS: Faults = { controller: () => ({}), pilot: () => ({}), look: () => undefined, blindMs: 0 };
