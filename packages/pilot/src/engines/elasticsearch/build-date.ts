import { open } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

/** Jars have their manifest as the first entry, or as the second one behind its folder (java.util.jar.JarInputStream). */
const HEAD_BYTES = 65_536;
const MANIFEST = 'META-INF/MANIFEST.MF';
/** Of the header that stands before each entry of a zip file (APPNOTE.TXT 4.3.7). */
const LOCAL_HEADER = 0x04_03_4b_50;
const HEADER_BYTES = 30;
const DEFLATED = 8;

/** When this jar was built, by its manifest, as an ISO time; undefined when it does not tell. */
export async function buildDate(jar: string): Promise<string | undefined> {
  await using file = await open(jar, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const date = /^Build-Date: *(\S+)/m.exec(manifestIn(buffer.subarray(0, bytesRead)) ?? '')?.[1];
  return date === undefined || Number.isNaN(Date.parse(date)) ? undefined : date;
}

function manifestIn(head: Buffer): string | undefined {
  for (let at = 0; at + HEADER_BYTES <= head.length && head.readUInt32LE(at) === LOCAL_HEADER;) {
    const [size, nameBytes, extraBytes] = [head.readUInt32LE(at + 18), head.readUInt16LE(at + 26), head.readUInt16LE(at + 28)];
    const begin = at + HEADER_BYTES + nameBytes + extraBytes;
    const name = head.toString('utf8', at + HEADER_BYTES, at + HEADER_BYTES + nameBytes);
    // Where the size stands behind the content (flag bit 3), the content ends by itself.
    const content = size === 0 ? head.subarray(begin) : head.subarray(begin, begin + size);
    if (name === MANIFEST) return (head.readUInt16LE(at + 8) === DEFLATED ? inflateRawSync(content) : content).toString('utf8');
    at = begin + size;
  }
  return undefined;
}
