#!/system/bin/sh
# Late in the boot, by Magisk and KernelSU. Must not block.
MODDIR=${0%/*}
sh "$MODDIR/start.sh" < /dev/null > /dev/null 2>&1 &
