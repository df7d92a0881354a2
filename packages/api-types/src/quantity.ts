import { NavigatorError } from './errors.ts';

const factors: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Value of a Kubernetes quantity in its base unit: `quantityValue('2Gi')` is 2147483648 bytes, `quantityValue('500m')` is
 * half a core. Exact up to 2^53.
 * @throws NavigatorError `InvalidQuantity` when it is none.
 */
export function quantityValue(quantity: string): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(quantity);
  if (!match) throw new NavigatorError('InvalidQuantity', `"${quantity}" is no quantity; write e.g. 500m, 2 or 10Gi`);
  return Number(match[1]) * (factors[match[2] ?? ''] ?? 1);
}
