import { NavigatorError } from '@navigator/api-types';

/**
 * Kubernetes quantities. The API server rewrites them into its canonical form (`1024Mi` → `1Gi`, `0.5` → `500m`), so what
 * is rendered must be in that form already, or it would look like drift for ever.
 */
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

interface Parsed {
  /** Thousandths: the finest unit that Navigator accepts. */
  readonly milli: bigint;
  readonly binary: boolean;
}

function parse(quantity: string): Parsed {
  const match = /^(\d+)(?:\.(\d+))?([A-Za-z]*)$/.exec(quantity);
  if (!match) throw new NavigatorError('InvalidQuantity', `"${quantity}" is not a quantity such as 500m, 2 or 10Gi`);
  const [, whole = '0', fraction = '', suffix = ''] = match;
  const scale = scaleOf(suffix, quantity);
  // Kubernetes rounds up what is finer than its unit.
  const numerator = BigInt(whole + fraction) * scale.milli;
  const denominator = 10n ** BigInt(fraction.length);
  return { milli: (numerator + denominator - 1n) / denominator, binary: scale.binary };
}

function scaleOf(suffix: string, quantity: string): Parsed {
  const binary = BINARY.findIndex((unit) => unit !== '' && unit === suffix);
  if (binary > 0) return { milli: 1000n * 1024n ** BigInt(binary), binary: true };
  const decimal = DECIMAL.findIndex((unit) => unit === suffix);
  if (decimal < 0) throw new NavigatorError('InvalidQuantity', `"${quantity}" has the unknown unit "${suffix}"`);
  return { milli: 1000n ** BigInt(decimal), binary: false };
}

/**
 * Number of bytes, rounded up.
 * @throws NavigatorError `InvalidQuantity`.
 */
export function bytesOf(quantity: string): number {
  return Number((parse(quantity).milli + 999n) / 1000n);
}

/**
 * The form in which the API server stores a quantity.
 * @throws NavigatorError `InvalidQuantity`.
 */
export function canonicalQuantity(quantity: string): string {
  const { milli, binary } = parse(quantity);
  if (milli === 0n) return '0';
  // A binary quantity that is not a whole number, or less than one Ki, is written decimally.
  if (binary && milli % 1000n === 0n && milli >= 1_024_000n) return shorten(milli / 1000n, 1024n, BINARY);
  return shorten(milli, 1000n, DECIMAL);
}

function shorten(value: bigint, base: bigint, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (rest % base === 0n && unit < units.length - 1) {
    rest /= base;
    unit += 1;
  }
  return `${rest}${units[unit] ?? ''}`;
}
