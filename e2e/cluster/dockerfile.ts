// Reads the small part of the Dockerfile language that the lab's images need: no RUN, because an image is put together
// from files that were prepared before. What is written stays a Dockerfile that buildah and docker take too.
import { z } from 'zod';

/** One file or folder that becomes a layer. `source` is a path in the build context. */
export interface CopyStep {
  readonly source: string;
  readonly target: string;
  /** A tar file whose contents are the layer (ADD of a .tar). */
  readonly isArchive: boolean;
  /** `uid:gid`, numeric. */
  readonly owner: string;
  /** As chmod takes it, for instance `0755`. */
  readonly mode: string | undefined;
}

/** A parsed Dockerfile: the layers and the image's configuration. */
export interface ImagePlan {
  readonly copies: readonly CopyStep[];
  readonly config: ImageConfig;
}

/** The `config` part of an OCI image configuration. */
export interface ImageConfig {
  User?: string;
  WorkingDir?: string;
  Env: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  Volumes?: Record<string, Record<string, never>>;
  ExposedPorts?: Record<string, Record<string, never>>;
}

const words = z.array(z.string());

/** Parses a Dockerfile. Throws on an instruction outside the subset, naming the line. */
export function parseDockerfile(text: string): ImagePlan {
  const copies: CopyStep[] = [];
  const config: ImageConfig = { Env: [] };
  for (const line of logicalLines(text)) {
    const [, instruction = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    switch (instruction.toUpperCase()) {
      case 'FROM':
        if (rest !== 'scratch') throw new Error(`Dockerfile: only FROM scratch, not: ${line}`);
        break;
      case 'ADD':
      case 'COPY':
        copies.push(parseCopy(instruction.toUpperCase() === 'ADD', rest));
        break;
      case 'ENV':
        config.Env.push(parseEnv(rest));
        break;
      case 'USER':
        config.User = rest;
        break;
      case 'WORKDIR':
        config.WorkingDir = rest;
        break;
      case 'ENTRYPOINT':
        config.Entrypoint = words.parse(JSON.parse(rest));
        break;
      case 'CMD':
        config.Cmd = words.parse(JSON.parse(rest));
        break;
      case 'VOLUME':
        config.Volumes = { ...config.Volumes, [rest]: {} };
        break;
      case 'EXPOSE':
        config.ExposedPorts = Object.fromEntries(rest.split(/\s+/).map((port) => [`${port}/tcp`, {}]));
        break;
      default:
        throw new Error(`Dockerfile: not understood here: ${line}`);
    }
  }
  return { copies, config };
}

function logicalLines(text: string): string[] {
  return text
    .replaceAll(/^\s*#.*$/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseCopy(isAdd: boolean, rest: string): CopyStep {
  const parts = rest.split(/\s+/);
  const flag = (name: string): string | undefined => parts.find((part) => part.startsWith(`--${name}=`))?.slice(name.length + 3);
  const [source, target, more] = parts.filter((part) => !part.startsWith('--'));
  if (source === undefined || target === undefined || more !== undefined) {
    throw new Error(`Dockerfile: one source and one target, please: ${rest}`);
  }
  return {
    source,
    target,
    isArchive: isAdd && source.endsWith('.tar'),
    owner: flag('chown') ?? '0:0',
    mode: flag('chmod'),
  };
}

function parseEnv(rest: string): string {
  const match = /^(\w+)=("?)(.*)\2$/.exec(rest);
  if (match === null) throw new Error(`Dockerfile: one NAME=value a line, please: ENV ${rest}`);
  return `${match[1]}=${match[3]}`;
}
