#!/bin/bash
# Mounts an ext4 file system of its own whose directories ignore case: casefold.sh DIRECTORY [SIZE-MIB]. New directories
# beneath DIRECTORY inherit it. Undone by umount DIRECTORY. Needs CONFIG_UNICODE, which Debian's kernels 6.1 and 6.12 have;
# tmpfs can fold case from 6.13 on only.
set -e
directory=$1
mib=${2:-256}
image=$(mktemp /var/tmp/casefold-XXXXXX)
truncate -s "${mib}M" "$image"
mkfs.ext4 -q -O casefold -E encoding=utf8 "$image"
mkdir -p "$directory"
mount -o loop "$image" "$directory"
# The loop device keeps the file.
rm "$image"
rmdir "$directory/lost+found"
chattr +F "$directory"
