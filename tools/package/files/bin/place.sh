# Sourced by the scripts beside it, in any POSIX shell (busybox, toybox with mksh, dash). Sets
#   home     the directory of this version
#   base     what docs/guides/device-layout.md calls the base
#   command  how the command is called
# and start_node, which becomes Node running a program of ours.
self=$(readlink -f "$0") || { echo "$0: readlink -f fails: where am I?" >&2; exit 1; }
home=${self%/bin/*}
case $home in
  */versions/*) installed=${home%/versions/*} ;;
  *) installed= ;;
esac
base=${SLUICE_HOME:-${installed:-$home}}
if [ -n "$installed" ] && [ -e "$installed/current/bin/sluice" ]; then
  command=$installed/current/bin/sluice
else
  command=$home/bin/sluice
fi

# Through the C library's own loader: nothing of the system's is linked, and nothing needs to be at a fixed place.
start_node() {
  runtime=$(readlink -f "$home/runtime")
  for loader in "$runtime"/ld-linux-*; do :; done
  if ! [ -x "$loader" ]; then
    echo "$self: there is no runtime at $home/runtime: install this version again" >&2
    exit 1
  fi
  # What another environment preloads is for another C library.
  unset LD_PRELOAD LD_LIBRARY_PATH
  exec "$loader" --inhibit-cache --library-path "$runtime" "$runtime/node" "$@"
}
