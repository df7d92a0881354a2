/**
 * A client-node model as it really travels: times are strings. client-node's own classes drop fields that they do not
 * know and turn times into `Date` in lists but not in watches, so only their types are used here, never their code.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;
