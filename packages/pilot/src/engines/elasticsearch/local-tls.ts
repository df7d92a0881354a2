import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';

/** How the pilot reaches its node where security is on; the newest first, what was right just before after it. */
export interface LocalAccess {
  /** SHA-256 of the certificates that the node may show, as `X509Certificate.fingerprint256` gives it. */
  readonly fingerprints: readonly string[];
  /** Values of the header `authorization`. */
  readonly authorizations: readonly string[];
}

type Connected = (error: Error | null, stream: Duplex) => void;

/**
 * Connections only to who shows the very certificate that the pilot has given to its node, and can prove it is his. That is
 * narrower than a chain to an authority, holds for a certificate of the user's that is not valid for `localhost`, and does not
 * make the pilot blind on the day when one expires.
 */
export class PinnedAgent extends Agent {
  readonly #fingerprints: () => readonly string[];

  constructor(fingerprints: () => readonly string[], options: AgentOptions) {
    super(options);
    this.#fingerprints = fingerprints;
  }

  override createConnection(options: ConnectionOptions, connected?: Connected): undefined {
    const socket = connect({ ...options, rejectUnauthorized: false });
    const tell = (error: Error | null): void => {
      socket.off('error', tell);
      connected?.(error, socket);
    };
    socket.once('error', tell);
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate()?.fingerprint256;
      if (shown !== undefined && this.#fingerprints().includes(shown)) return tell(null);
      socket.destroy(new Error('who listens shows a certificate that this node was not given'));
    });
  }
}
