/** Where things lie in the official image; tests and plain machines give other folders. */
export interface CassandraPaths {
  /** The image's own configuration: read, never written, since the root file system is read-only. */
  readonly imageConf: string;
  /** The image's jars. */
  readonly imageLib: string;
  /** The volume. The official image's `/opt/cassandra/data` is a link to it. */
  readonly data: string;
}

export const IMAGE_PATHS: CassandraPaths = {
  imageConf: '/etc/cassandra',
  imageLib: '/opt/cassandra/lib',
  data: '/var/lib/cassandra',
};

/** Port of the Jolokia agent. It listens on 127.0.0.1 only: whoever reaches it can do anything with the node. */
export const JOLOKIA_PORT = 8778;
