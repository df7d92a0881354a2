import type { Forge } from '@navigator/controller/lab';

/** Secrets without chance: two lives of one cluster have the same ones, so their ends can be compared. Nobody reads them here. */
export const LAB_FORGE: Forge = {
  password: () => 'a password of the laboratory',
  authority: (commonName) => ({ certificate: `certificate of ${commonName}`, key: `key of ${commonName}` }),
  certificate: (authority, { commonName, names }) => ({
    certificate: `certificate of ${commonName} for ${names.join(' ')} by the ${authority.certificate}`,
    key: `key of ${commonName}`,
  }),
};
