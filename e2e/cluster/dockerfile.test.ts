import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDockerfile } from './dockerfile.ts';
import { imageTable } from './image-table.ts';

test('copies and configuration', () => {
  const plan = parseDockerfile(`# a comment
FROM scratch
ADD base.tar /
COPY --chown=999:999 --chmod=0755 bin /opt/bin
ENV PATH=/opt/bin:/bin
ENV NOTE="two words"
WORKDIR /opt
USER 1000:0
EXPOSE 9200 9300
VOLUME /data
ENTRYPOINT ["/bin/tini", "--"]
CMD ["run"]
`);
  expect(plan).toEqual({
    copies: [
      { source: 'base.tar', target: '/', isArchive: true, owner: '0:0', mode: undefined },
      { source: 'bin', target: '/opt/bin', isArchive: false, owner: '999:999', mode: '0755' },
    ],
    config: {
      Env: ['PATH=/opt/bin:/bin', 'NOTE=two words'],
      WorkingDir: '/opt',
      User: '1000:0',
      ExposedPorts: { '9200/tcp': {}, '9300/tcp': {} },
      Volumes: { '/data': {} },
      Entrypoint: ['/bin/tini', '--'],
      Cmd: ['run'],
    },
  });
});

test.each(['FROM debian', 'FROM scratch\nRUN true', 'COPY a b c', 'ENV A', 'USER'])(
  'refuses what it would not do: %j',
  (text) => {
    expect(() => parseDockerfile(text)).toThrow('Dockerfile');
  },
);

test('every image has in its context just what its Dockerfile copies', () => {
  const images = [...imageTable.values()];
  const copied = images.map((image) => {
    const plan = parseDockerfile(readFileSync(image.dockerfile, 'utf8'));
    return [image.name, new Set(plan.copies.map((step) => step.source))];
  });
  expect(copied).toEqual(images.map((image) => [image.name, new Set(Object.keys(image.context))]));
});

test("Navigator's own images are within the subset and run as nobody special", () => {
  for (const program of ['controller', 'pilot']) {
    const path = join(import.meta.dirname, '..', '..', 'deploy', 'images', program, 'Dockerfile');
    const { config } = parseDockerfile(readFileSync(path, 'utf8'));
    expect(config.User).toBe('65532:65532');
    expect(config.Entrypoint).toEqual(['/navigator/node', `/navigator/${program}.js`]);
  }
});
