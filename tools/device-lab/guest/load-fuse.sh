#!/bin/bash
# Changes the FUSE module of a machine: load-fuse.sh MODULE.ko [PARAMETER=VALUE ...]. Nothing may be mounted.
set -e
umount /sys/fs/fuse/connections 2>/dev/null || true
if [ -e /sys/module/fuse ]; then rmmod fuse; fi
insmod "$@"
mount -t fusectl fusectl /sys/fs/fuse/connections
