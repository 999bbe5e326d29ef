#!/bin/sh
# What `npm start` does: makes the clone ready, then becomes the daemon. One script and not npm's `prestart`, which npm
# leaves out for users who keep install scripts switched off (ignore-scripts).
root=$PWD
node tools/setup/prepare.mjs --start || exit
# npm runs this in the repository's root, but paths on the command line are meant from where npm was called.
cd "${INIT_CWD:-.}" || exit
exec node "$root/apps/sluiced/dist/sluiced.cjs" "$@"
