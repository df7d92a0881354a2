import { type SimContext, soon } from './context.ts';

/** The garbage collector: what has lost its owners goes a little later. Orders of deletion are as chance has it. */
export function startGarbageCollector(context: SimContext): void {
  let due: Disposable | undefined;
  context.server.store.subscribe(({ type }) => {
    // What is made for an owner that is gone already goes as well.
    if (type === 'MODIFIED') return;
    due ??= soon(context, [200, 1500], () => {
      due = undefined;
      context.server.collectGarbage();
    });
  });
}
