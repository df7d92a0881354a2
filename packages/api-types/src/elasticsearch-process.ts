import { z } from 'zod';

/** Lines of jvm.options, e.g. `-XX:+UseZGC` or `17-:-Dfoo=bar`. */
export const jvmOptionsSchema = z
  .array(
    z
      .string()
      .max(500)
      .regex(/^([0-9]+(-[0-9]*)?:)?-[A-Za-z][^\r\n]*$/),
  )
  .max(50)
  .default([])
  .meta({ 'x-kubernetes-list-type': 'atomic' })
  .describe('Lines of jvm.options for these nodes. The heap is not among them: it is derived from limits.memory.');

/** What `elasticsearch-plugin install` takes: the name of an official plugin, a URL or Maven coordinates. Never an option. */
export const pluginsSchema = z
  .array(
    z
      .string()
      .max(500)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._:/+@?=&%~-]*$/),
  )
  .max(20)
  .default([])
  .meta({ 'x-kubernetes-list-type': 'set' })
  .describe(
    "Plugins that each node installs before it starts, with the installer of its own image: an official one's name, a URL or Maven coordinates.",
  );

/** Options by which a JVM is told its heap. Two answers to that question would be one too many. */
export const HEAP_OPTION = '^([0-9]+(-[0-9]*)?:)?-(Xm[snx]|XX:(Initial|Max|Min)?(HeapSize|RAM|NewSize))';
