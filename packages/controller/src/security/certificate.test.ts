import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { issueAuthority, issueCertificate } from './certificate.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const authority = issueAuthority('es-demo-ca', { now, days: 3650 });

function leaf(names: readonly string[], days = 365): X509Certificate {
  return new X509Certificate(issueCertificate(authority, { commonName: 'es-demo', names, validity: { now, days } }).certificate);
}

test('the authority signs itself, may sign others, and is valid for ten years', () => {
  const parsed = new X509Certificate(authority.certificate);
  expect(parsed.ca).toBe(true);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.subject).toBe('O=Navigator\nCN=es-demo-ca');
  expect(parsed.checkPrivateKey(createPrivateKey(authority.key))).toBe(true);
  expect(parsed.validToDate.toISOString()).toBe('2036-11-18T12:00:00.000Z');
  expect(parsed.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
});

test('a certificate chains to its authority and to no other of the same name', () => {
  const issued = issueCertificate(authority, { commonName: 'es-demo', names: ['localhost'], validity: { now, days: 365 } });
  const parsed = new X509Certificate(issued.certificate);
  const issuer = new X509Certificate(authority.certificate);
  expect(parsed.ca).toBe(false);
  expect(parsed.checkIssued(issuer)).toBe(true);
  expect(parsed.verify(issuer.publicKey)).toBe(true);
  expect(parsed.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  const other = new X509Certificate(issueAuthority('es-demo-ca', { now, days: 3650 }).certificate);
  expect(parsed.verify(other.publicKey)).toBe(false);
});

test('it is valid for the names and addresses asked for, five minutes back and so many days on', () => {
  const names = ['*.es-demo-nodes.default.svc', 'localhost', '127.0.0.1', '::1', 'fd00:10::2:1', '10.96.200.3'];
  const parsed = leaf(names);
  expect(parsed.checkHost('es-demo-mixed-0.es-demo-nodes.default.svc')).toBeDefined();
  expect(parsed.checkHost('localhost')).toBe('localhost');
  expect(parsed.checkHost('elsewhere')).toBeUndefined();
  for (const address of ['127.0.0.1', '::1', 'fd00:10::2:1', '10.96.200.3']) expect(parsed.checkIP(address)).toBe(address);
  expect(parsed.checkIP('10.96.200.4')).toBeUndefined();
  expect(parsed.validFromDate.toISOString()).toBe('2026-11-21T11:55:00.000Z');
  expect(parsed.validToDate.toISOString()).toBe('2027-11-21T12:00:00.000Z');
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
});

test.each([
  ['::ffff:10.0.0.5', '0:0:0:0:0:FFFF:A00:5'],
  ['::ffff:0a00:5', '0:0:0:0:0:FFFF:A00:5'],
  ['64:ff9b::192.0.2.33', '64:FF9B:0:0:0:0:C000:221'],
  ['2001:db8::', '2001:DB8:0:0:0:0:0:0'],
])('the address %s has 16 bytes: %s', (address, bytes) => {
  expect(leaf([address]).subjectAltName).toBe(`IP Address:${bytes}`);
});

test('lengths of more than one byte and years after 2049 are encoded', () => {
  const names = Array.from({ length: 40 }, (_, i) => `node-${i}.example.com`);
  const parsed = leaf(names, 36_500);
  expect(parsed.checkHost('node-39.example.com')).toBe('node-39.example.com');
  expect(parsed.validToDate.getUTCFullYear()).toBe(2126);
});

test('no two have one serial number', () => {
  expect(new Set(Array.from({ length: 50 }, () => leaf(['localhost']).serialNumber)).size).toBe(50);
});
