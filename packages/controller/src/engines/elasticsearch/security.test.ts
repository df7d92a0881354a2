import { expect, test } from 'vitest';
import { elasticsearchSnapshot } from '../../testing/snapshots.ts';
import { revisionOf } from '../../resources/revision.ts';
import { elasticsearch } from './index.ts';
import { poolOf } from './pools.ts';

function described(security: Readonly<Record<string, unknown>> = {}) {
  const { cluster } = elasticsearchSnapshot({ spec: { security } });
  const pool = poolOf(cluster, 'mixed');
  const { secrets = [], preparations = [], pilotConfig } = elasticsearch.describePod(cluster, pool);
  const wanted = elasticsearch.secrets(cluster);
  return { secrets, preparations, pilotConfig, wanted, revision: revisionOf(cluster, pool, elasticsearch) };
}

test('a cluster is secure unless the spec says otherwise: certificates, users, a binding', () => {
  const { wanted, secrets, pilotConfig } = described();
  expect(wanted).toMatchObject({
    authority: { name: 'es-demo-ca' },
    certificate: { name: 'es-demo-certs' },
    users: [{ name: 'es-demo-elastic' }, { name: 'es-demo-pilot' }],
    binding: { name: 'es-demo-binding', host: 'es-demo-http.shop.svc', port: 9200, user: 'es-demo-elastic' },
  });
  expect(wanted?.certificate.names).toEqual(
    expect.arrayContaining(['es-demo-http.shop.svc', '*.es-demo-nodes.shop.svc', 'localhost', '127.0.0.1']),
  );
  expect(secrets[0]?.sources.map(({ secretName }) => secretName)).toEqual(['es-demo-certs', 'es-demo-elastic', 'es-demo-pilot']);
  expect(pilotConfig).toMatchObject({ security: { userSecrets: [], roleSecrets: [] } });
});

test('the private key of the authority is in no pod', () => {
  expect(JSON.stringify(described().secrets)).not.toContain('es-demo-ca');
});

test('off, nothing of it is there but secure settings', () => {
  const { wanted, secrets, pilotConfig, preparations } = described({ enabled: false, keystore: [{ secretName: 's3' }] });
  expect(wanted).toBeUndefined();
  expect(secrets).toEqual([]);
  expect(pilotConfig).toMatchObject({ security: undefined });
  expect(preparations).toHaveLength(1);
});

test('more names come into the certificate once each, and need no new pods', () => {
  const more = described({ tls: { subjectAltNames: ['es.example.com', 'localhost'] } });
  expect(more.wanted?.certificate.names.filter((name) => /^(es\.example\.com|localhost)$/.test(name))).toHaveLength(2);
  expect(more.revision).toBe(described().revision);
});

test('Secrets of the user are mounted, may be missing, and another one rolls the nodes', () => {
  const given = described({ tls: { secretName: 'mine' }, users: [{ secretName: 'shop' }], roles: [{ secretName: 'reader' }] });
  const theirs = given.secrets[0]?.sources.filter(({ secretName }) => !secretName.startsWith('es-demo-')) ?? [];
  expect(theirs.map(({ secretName, optional, items }) => [secretName, optional, items?.folder])).toEqual([
    ['mine', true, 'http'],
    ['shop', true, 'users/shop'],
    ['reader', true, 'roles/reader'],
  ]);
  expect(given.pilotConfig).toMatchObject({ security: { httpSecret: 'mine', userSecrets: ['shop'], roleSecrets: ['reader'] } });
  expect(given.wanted?.binding.authority).toBe('mine');
  expect(given.revision).not.toBe(described().revision);
});

test('secure settings: made before the start by the image itself, of Secrets that only that container sees', () => {
  const { preparations, secrets } = described({ keystore: [{ secretName: 's3' }, { secretName: 'gcs' }] });
  const [keystore] = preparations;
  expect(keystore?.secrets?.map(({ mountPath }) => mountPath)).toEqual([
    '/etc/navigator/secure-settings/gcs',
    '/etc/navigator/secure-settings/s3',
  ]);
  expect(keystore?.command.join('\n')).toContain('elasticsearch-keystore add-file --force "$@"');
  expect(JSON.stringify(secrets)).not.toContain('s3');
});

test('Secrets in another order make the same pods', () => {
  const [a, b] = [{ secretName: 'a' }, { secretName: 'b' }];
  const one = described({ users: [a, b], roles: [a, b], keystore: [a, b] });
  const other = described({ users: [b, a], roles: [b, a], keystore: [b, a] });
  expect(other.revision).toBe(one.revision);
  expect([other.secrets, other.preparations, other.pilotConfig]).toEqual([one.secrets, one.preparations, one.pilotConfig]);
});
