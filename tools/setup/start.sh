#!/bin/sh
# What `npm start` does once the clone is ready: becomes the daemon. Ready it is after `prestart`, which npm leaves out
# for users who keep install scripts switched off (ignore-scripts): hence the same step here, which finds nothing to do.
root=$PWD
node tools/setup/prepare.mjs --start || exit
# npm runs this in the repository's root, but paths on the command line are meant from where npm was called.
cd "${INIT_CWD:-.}" || exit
exec node "$root/apps/sluiced/dist/sluiced.cjs" "$@"
