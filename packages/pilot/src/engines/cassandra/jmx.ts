import { Agent, request } from 'node:http';
import { z } from 'zod';
import { isRefused, messageOf } from '../../errors.ts';
import { JmxAnswerError, JmxCallError, JmxUnavailableError } from './errors.ts';
import { JOLOKIA_PORT } from './paths.ts';

/** One question to an MBean. A read of several attributes answers a map. */
export type JmxRequest =
  | { readonly type: 'read'; readonly mbean: string; readonly attribute: string | readonly string[] }
  | { readonly type: 'exec'; readonly mbean: string; readonly operation: string };

/** `value` is what the MBean answered; `error` is the exception's text, e.g. for an MBean that is not registered yet. */
export type JmxAnswer = { readonly value: unknown } | { readonly error: string };

const answerSchema = z.union([
  z.object({ status: z.literal(200), value: z.unknown() }).transform(({ value }): JmxAnswer => ({ value })),
  z.object({ status: z.int(), error: z.string() }).transform(({ error }): JmxAnswer => ({ error })),
]);
const answersSchema = z.array(answerSchema);

/** A JVM's MBeans through the Jolokia agent inside it. */
export interface Jmx {
  /**
   * Asks several things in one round trip; the answers have the order of the questions.
   * @throws JmxUnavailableError when nobody listens, JmxAnswerError when the answer is cut off or not understood, and the
   * signal's reason when it aborts first: a JVM that is slow to answer is not one that is gone.
   */
  ask(requests: readonly JmxRequest[], signal: AbortSignal): Promise<readonly JmxAnswer[]>;
  /**
   * Calls an operation without arguments and waits for its end.
   * @throws what `ask` throws, or JmxCallError when the operation threw.
   */
  call(mbean: string, operation: string, signal: AbortSignal): Promise<void>;
}

/**
 * Longest answer that is read, in characters: gossip state of 1,000 nodes is about 1 MB. One of 15 MB exhausts the pilot's
 * heap of 48 MiB, and with the pilot its container ends.
 */
const ANSWER_MAX = 4 * 1024 * 1024;

/** Connects lazily and keeps one connection, since the same is asked every 2 s. */
export function connectJmx(port: number = JOLOKIA_PORT): Jmx {
  const agent = new Agent({ keepAlive: true, maxSockets: 2 });
  async function ask(requests: readonly JmxRequest[], signal: AbortSignal): Promise<readonly JmxAnswer[]> {
    const text = await post({ port, agent, body: JSON.stringify(requests.map(withConfig)) }, signal).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw isRefused(cause)
        ? new JmxUnavailableError(`JMX does not listen: ${messageOf(cause)}`, cause)
        : new JmxAnswerError(`JMX did not answer to the end: ${messageOf(cause)}`, cause);
    });
    const answers = parseAnswers(text);
    if (answers.length !== requests.length)
      throw new JmxAnswerError(`Jolokia answered ${answers.length} of ${requests.length} questions`);
    return answers;
  }
  async function call(mbean: string, operation: string, signal: AbortSignal): Promise<void> {
    const [answer] = await ask([{ type: 'exec', mbean, operation }], signal);
    if (answer !== undefined && 'error' in answer) throw new JmxCallError(`${operation}: ${answer.error}`);
  }
  return { ask, call };
}

/** One attribute that fails must not take the others with it: it comes back as a text, which no schema of ours accepts. */
function withConfig(asked: JmxRequest): object {
  return asked.type === 'read' ? { ...asked, config: { ignoreErrors: true } } : asked;
}

function parseAnswers(text: string): readonly JmxAnswer[] {
  try {
    return answersSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new JmxAnswerError(`Jolokia's answer is not understood: ${text.slice(0, 200)}`, cause);
  }
}

interface Post {
  readonly port: number;
  readonly agent: Agent;
  readonly body: string;
}

function post({ port, agent, body }: Post, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ host: '127.0.0.1', port, path: '/jolokia/', method: 'POST', agent, headers, signal }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_MAX) sent.destroy(new Error('answer too long'));
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
