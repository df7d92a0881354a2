import { join } from 'node:path';

/** Where things are in the image and in the pod. */
export interface ElasticsearchPaths {
  readonly home: string;
  readonly entrypoint: string;
  /** Rendered configuration, logs and temporary files. */
  readonly runDir: string;
  /** Folder of the keystore that was made of the user's secure settings, if there are any. */
  readonly keystore?: string;
}

/** The places of the official image. */
export const IMAGE_PATHS = { home: '/usr/share/elasticsearch', entrypoint: '/usr/local/bin/docker-entrypoint.sh' } as const;

export function dataPath(paths: ElasticsearchPaths): string {
  return join(paths.home, 'data');
}

export function configPath(paths: ElasticsearchPaths): string {
  return join(paths.runDir, 'config');
}

export function logsPath(paths: ElasticsearchPaths): string {
  return join(paths.runDir, 'logs');
}

export function temporaryPath(paths: ElasticsearchPaths): string {
  return join(paths.runDir, 'tmp');
}
