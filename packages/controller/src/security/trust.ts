import { X509Certificate } from 'node:crypto';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g;

/** Of a bundle of PEM certificates those that have not expired, but for the one that is put in front of them anyway. */
export function stillTrusted(bundle: string, { now, except }: { readonly now: number; readonly except: string }): string[] {
  return (bundle.match(CERTIFICATE) ?? []).filter((text) => text.trim() !== except.trim() && isValid(text, now));
}

function isValid(text: string, now: number): boolean {
  try {
    return new X509Certificate(text).validToDate.getTime() > now;
  } catch {
    return false;
  }
}
