/** How many are kept. */
export const MAX_LINES = 20;
/** Status is kept in etcd: twenty lines of this length are 10 KiB at most. */
const MAX_LINE_LENGTH = 512;
const NEWLINE = 0x0a;

/** Keeps the last lines of a byte stream as text. Lines may arrive in pieces, and from two streams through two feeds. */
export class LastLines {
  readonly #lines: string[] = [];

  /** Lines so far, oldest first, at most 20, each cut to 512 characters. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A feed for one stream; call `end` when it closes to take the unfinished line. */
  feed(): { push(chunk: Buffer): void; end(): void } {
    let rest = '';
    const keep = (line: string): void => this.#keep(line);
    return {
      push(chunk) {
        const last = chunk.lastIndexOf(NEWLINE);
        if (last < 0) {
          rest = (rest + chunk.toString('utf8')).slice(0, MAX_LINE_LENGTH);
          return;
        }
        const lines = (rest + chunk.subarray(0, last).toString('utf8')).split('\n');
        for (const line of lines.slice(-MAX_LINES)) keep(line);
        rest = chunk.subarray(last + 1, last + 1 + MAX_LINE_LENGTH).toString('utf8');
      },
      end() {
        if (rest !== '') keep(rest);
        rest = '';
      },
    };
  }

  #keep(line: string): void {
    this.#lines.push(line.slice(0, MAX_LINE_LENGTH));
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }
}
