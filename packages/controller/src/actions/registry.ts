import type { ActionDefinition } from './action.ts';
import { createNodePool } from './create-node-pool.ts';
import { createPilot } from './create-pilot.ts';
import { deleteNodePool } from './delete-node-pool.ts';
import { replaceNode } from './replace-node.ts';
import { resizeVolume } from './resize-volume.ts';
import { scale } from './scale.ts';
import { updatePods } from './update-pods.ts';

/**
 * Every Action in the order in which it is considered: pods that exist are brought up to date before more are added. A node that is to
 * be replaced comes before: whatever stops its pod in the meantime takes its volume with it, with nothing looked at.
 */
export const ACTIONS: readonly ActionDefinition[] = [
  createNodePool,
  createPilot,
  replaceNode,
  updatePods,
  scale,
  deleteNodePool,
  resizeVolume,
];
