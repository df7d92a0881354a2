/** Does `work` for every item, at most `width` at a time, in order of their beginning. The first error ends it. */
export async function forEachAtOnce<T>(width: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const entries = items.values();
  const worker = async (): Promise<void> => {
    for (const item of entries) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
