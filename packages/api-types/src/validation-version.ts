import semver from 'semver';
import { celIsVersion, celString, celVersionNumber, VERSION_PATTERN } from './cel.ts';
import type { Finding, Rule, RuleInput } from './validation-rule.ts';

interface Versioned {
  readonly version: string;
}

/**
 * CEL for the version that an upgrade starts from: the lowest that a node runs, else the one asked for before. Rules on
 * the root run on status updates as well, where the lowest version moves under an unchanged spec: those always pass.
 */
export const CEL_FROM = `(has(self.status) && has(self.status.version) && ${celIsVersion('self.status.version')} ? self.status.version : oldSelf.spec.version)`;

/** CEL: the version is unchanged, or is none (another rule says so). */
export const CEL_NO_UPGRADE = `self.spec.version == oldSelf.spec.version || !${celIsVersion('self.spec.version')}`;

/** Versions that Navigator knows how to run: `pattern` for major and minor, `text` for people. */
export function versionRangeRule(pattern: string, text: string): Rule<Versioned> {
  const whole = `^(${pattern})[.][0-9]{1,4}$`;
  return {
    text,
    cel: { at: 'spec.version', rule: `self.matches(${celString(whole)})` },
    check: ({ spec }) => (new RegExp(whole).test(spec.version) ? [] : [{ path: 'spec.version' }]),
  };
}

/** No version below the lowest that runs. Going back to that one is a revert of an upgrade on its way, and allowed. */
export function noDowngradeRule(product: string): Rule<Versioned> {
  return {
    text: `${product} cannot go from {from} back to {to}: an older version cannot read what a newer one has written; restore a backup into a new cluster instead`,
    cel: {
      at: '',
      rule: `${CEL_NO_UPGRADE} || ${celVersionNumber('self.spec.version')} >= ${celVersionNumber(CEL_FROM)}`,
      fieldPath: '.spec.version',
      words: versionWords,
    },
    check: (input) => compareVersions(input, (from, to) => semver.gte(to, from)),
  };
}

/** CEL for the words `{from}` and `{to}`. */
export const versionWords = { from: CEL_FROM, to: 'self.spec.version' } as const;

/** A finding unless the way between two versions is fine. Says nothing when there is no way to judge. */
export function compareVersions(input: RuleInput<Versioned>, fine: (from: string, to: string) => boolean): readonly Finding[] {
  const from = input.runningVersion ?? input.previous?.version;
  const to = input.spec.version;
  const known = new RegExp(VERSION_PATTERN);
  if (from === undefined || !known.test(from) || !known.test(to)) return [];
  return fine(from, to) ? [] : [{ path: 'spec.version', words: { from, to } }];
}
