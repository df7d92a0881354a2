const FACTORS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
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

const QUANTITY = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;

/** The value of a Kubernetes quantity such as `500m`, `1Gi` or `0.5`; undefined for text that is none. */
export function parseQuantity(text: string | number): number | undefined {
  const match = QUANTITY.exec(String(text).trim());
  if (!match) return undefined;
  const [, digits = '', exponent = '', suffix = ''] = match;
  const factor = FACTORS[suffix];
  return factor === undefined ? undefined : Number(digits + exponent) * factor;
}

/** Whether two quantities mean the same amount: the API server writes `1024Mi` as it was sent, but `0.5` as `500m`. */
export function sameQuantity(a: string | number, b: string | number): boolean {
  const [x, y] = [parseQuantity(a), parseQuantity(b)];
  return x !== undefined && y !== undefined && Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y));
}
