import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** Of a bundle of PEM certificates those that have not expired, but for those that are put in front of them anyway. */
export function stillTrusted(bundle: string, { now, except }: { readonly now: number; readonly except: string }): string[] {
  const others = new Set(certificatesIn(except));
  return certificatesIn(bundle).filter((text) => !others.has(text) && isValid(text, now));
}

function certificatesIn(bundle: string): string[] {
  return (bundle.match(CERTIFICATE) ?? []).map((text) => `${text.trim()}\n`);
}

function isValid(text: string, now: number): boolean {
  try {
    return new X509Certificate(text).validToDate.getTime() > now;
  } catch {
    return false;
  }
}
