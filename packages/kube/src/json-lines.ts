import { KubeError } from './errors.ts';

/**
 * Parses a stream of JSON documents, one a line. A last line without its end is dropped: the connection broke inside it,
 * and the reflector resumes after the last event that it processed. Throws a KubeError for a whole line that is no JSON.
 */
export async function* jsonLines(chunks: AsyncIterable<string>): AsyncGenerator<unknown, void, undefined> {
  let pending: string[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      pending.push(chunk.slice(start, end));
      start = end + 1;
      const line = pending.join('');
      pending = [];
      if (line !== '') yield parseLine(line);
    }
    if (start < chunk.length) pending.push(chunk.slice(start));
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new KubeError('KUBE_BAD_ANSWER', 'the watch sent a line that is no JSON', { retryable: true, cause });
  }
}
