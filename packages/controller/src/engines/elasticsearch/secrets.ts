import { childName, ELASTIC_USER, PILOT_USER } from '@navigator/api-types';
import { podDomain } from '../../resources/labels.ts';
import type { WantedSecrets } from '../../security/wanted.ts';
import type { ControllerEngine } from '../engine.ts';
import { HTTP_PORT, HTTP_WORD } from './objects.ts';
import type { ElasticsearchCluster } from './pools.ts';

/** Names of the Secrets of a cluster. */
export function secretNames({ name }: ElasticsearchCluster, engine: ControllerEngine) {
  const child = (word: string): string => childName(engine.childPrefix, name, word);
  return {
    authority: child('ca'),
    certificate: child('certs'),
    elastic: child('elastic'),
    pilot: child('pilot'),
    binding: child('binding'),
  };
}

/** The Secrets that Navigator makes for a cluster; none where security is off. */
export function wantedSecrets(cluster: ElasticsearchCluster, engine: ControllerEngine): WantedSecrets | undefined {
  const { enabled, tls } = cluster.spec.security;
  if (!enabled) return undefined;
  const names = secretNames(cluster, engine);
  const service = childName(engine.childPrefix, cluster.name, HTTP_WORD);
  const host = `${service}.${cluster.namespace}.svc`;
  return {
    authority: { name: names.authority, commonName: names.authority },
    certificate: {
      name: names.certificate,
      commonName: childName(engine.childPrefix, cluster.name, 'nodes'),
      names: [
        ...new Set([
          service,
          `${service}.${cluster.namespace}`,
          host,
          `*.${podDomain(cluster, engine)}`,
          'localhost',
          '127.0.0.1',
          '::1',
          ...tls.subjectAltNames,
        ]),
      ],
    },
    users: [
      { name: names.elastic, username: ELASTIC_USER },
      { name: names.pilot, username: PILOT_USER },
    ],
    binding: {
      name: names.binding,
      type: 'elasticsearch',
      host,
      port: HTTP_PORT,
      user: names.elastic,
      username: ELASTIC_USER,
      ...(tls.secretName === undefined ? {} : { authority: tls.secretName }),
    },
  };
}
