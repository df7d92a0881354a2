/**
 * Writes DER, the encoding of certificates (X.690): a tag, a length, the content. As much of it as a certificate needs.
 * Nothing is read back here: node:crypto parses, and the tests let it and OpenSSL judge what was written.
 */
const TAGS = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
  generalizedTime: 0x18,
} as const;

/** SEQUENCE of what is encoded already. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(TAGS.sequence, Buffer.concat(parts));
}

/** SET of one element; more would have to be sorted. */
export function setOf(part: Buffer): Buffer {
  return tagged(TAGS.set, part);
}

/** A number, or the bytes of a positive one, highest first. */
export function integer(value: number | Buffer): Buffer {
  const bytes = typeof value === 'number' ? Buffer.from([value]) : value;
  // Without the zero a first bit that is set would make it negative.
  return tagged(TAGS.integer, (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function boolean(value: boolean): Buffer {
  return tagged(TAGS.boolean, Buffer.from([value ? 0xff : 0]));
}

export function octetString(content: Buffer): Buffer {
  return tagged(TAGS.octetString, content);
}

/** Bits, of which the last `unused` of the last byte do not count. */
export function bitString(content: Buffer, unused = 0): Buffer {
  return tagged(TAGS.bitString, Buffer.concat([Buffer.from([unused]), content]));
}

export function utf8String(text: string): Buffer {
  return tagged(TAGS.utf8String, Buffer.from(text, 'utf8'));
}

/** `1.2.840.10045.4.3.2` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(TAGS.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049 and GeneralizedTime from then on, to the second (RFC 5280, 4.1.2.5). */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  const isUtc = at.getUTCFullYear() < 2050;
  return tagged(isUtc ? TAGS.utcTime : TAGS.generalizedTime, Buffer.from(isUtc ? digits.slice(2) : digits, 'ascii'));
}

/** A context tag that wraps an element: `[n] EXPLICIT`. */
export function explicit(number: number, content: Buffer): Buffer {
  return tagged(0xa0 + number, content);
}

/** A context tag in place of the element's own: `[n] IMPLICIT`, of a primitive type. */
export function implicit(number: number, content: Buffer): Buffer {
  return tagged(0x80 + number, content);
}

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 + bytes.length, ...bytes];
}

function base128(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift((rest % 128) + 0x80);
  return bytes;
}
