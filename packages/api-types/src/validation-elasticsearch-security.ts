import { z } from 'zod';
import type { ElasticsearchClusterSpec } from './elasticsearch-cluster.ts';
import type { Rule } from './validation-rule.ts';

const ipv6 = z.ipv6();

/** Rules of `spec.security`. */
export const securityRules: readonly Rule<ElasticsearchClusterSpec>[] = [
  {
    text: 'security cannot be switched on or off once the cluster exists: nodes with TLS and nodes without cannot talk to each other, so it cannot be rolled out node by node; make another cluster and move the data by a snapshot',
    cel: { at: 'spec.security', rule: 'self.enabled == oldSelf.enabled', fieldPath: '.enabled', reason: 'FieldValueForbidden' },
    check: ({ spec, previous }) =>
      previous === undefined || previous.security.enabled === spec.security.enabled ? [] : [{ path: 'spec.security.enabled' }],
  },
  {
    text: 'with enabled: false there is no certificate, no user and no role: take tls, users and roles out',
    cel: {
      at: 'spec.security',
      rule: 'self.enabled || (size(self.users) == 0 && size(self.roles) == 0 && !has(self.tls.secretName) && size(self.tls.subjectAltNames) == 0)',
      fieldPath: '.enabled',
    },
    check: ({ spec: { security } }) =>
      security.enabled || !hasSecurityFields(security) ? [] : [{ path: 'spec.security.enabled' }],
  },
  {
    text: 'subjectAltNames belong to the certificate that Navigator makes: put them into your own one, of tls.secretName, or take secretName out',
    cel: {
      at: 'spec.security.tls',
      rule: '!has(self.secretName) || size(self.subjectAltNames) == 0',
      fieldPath: '.subjectAltNames',
    },
    check: ({ spec: { security } }) =>
      security.tls.secretName === undefined || security.tls.subjectAltNames.length === 0
        ? []
        : [{ path: 'spec.security.tls.subjectAltNames' }],
  },
  {
    text: '{name} is neither a DNS name nor an IP address',
    check: ({ spec }) =>
      spec.security.tls.subjectAltNames.flatMap((name, index) =>
        name.includes(':') && !ipv6.safeParse(name).success
          ? [{ path: `spec.security.tls.subjectAltNames[${index}]`, words: { name } }]
          : [],
      ),
  },
];

function hasSecurityFields({ users, roles, tls }: ElasticsearchClusterSpec['security']): boolean {
  return users.length > 0 || roles.length > 0 || tls.secretName !== undefined || tls.subjectAltNames.length > 0;
}
