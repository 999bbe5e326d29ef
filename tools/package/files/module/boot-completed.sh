#!/system/bin/sh
# Once the boot is completed, by KernelSU, which has run service.sh as well: start.sh starts one daemon a boot.
MODDIR=${0%/*}
sh "$MODDIR/start.sh" < /dev/null > /dev/null 2>&1 &
