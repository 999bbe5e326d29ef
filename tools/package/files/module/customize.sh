# Sourced by the root manager's installer, which has set ARCH, MODPATH, TMPDIR and ZIPFILE, and has ui_print and abort.
# The programs go where deployment puts them as well (docs/guides/device-layout.md), not into the module's folder.
SKIPUNZIP=1
sluice_base=${SLUICE_HOME:-/data/adb/sluice}
[ "$ARCH" = arm64 ] || abort "Sluice: this device is $ARCH, and the module is for arm64."

unzip -o "$ZIPFILE" -x 'META-INF/*' 'payload/*' payload.sha256 customize.sh -d "$MODPATH" >&2 || abort 'Sluice: the zip cannot be unpacked.'
. "$MODPATH/payload.conf"
rm -f "$MODPATH/payload.conf"
umask 077
mkdir -p "$sluice_base/versions" "$sluice_base/runtime" "$sluice_base/module" || abort "Sluice: $sluice_base cannot be made."

# Beside what is there: a version and a runtime take their names when they are whole.
sluice_free=$(df -k "$sluice_base" | awk 'END { print $(NF - 2) }')
if [ "$sluice_free" -lt "$SLUICE_KIB" ]; then
  abort "Sluice: $SLUICE_KIB KiB are needed on /data, and $sluice_free KiB are free."
fi
ui_print "- Unpacking Sluice $SLUICE_ID"
sluice_part=$sluice_base/versions/$SLUICE_ID.part
sluice_give_up() {
  rm -rf "$sluice_part"
  abort "Sluice: $1"
}
rm -rf "$sluice_part"
mkdir "$sluice_part"
unzip -o "$ZIPFILE" 'payload/*' -d "$sluice_part" >&2 || sluice_give_up 'the zip cannot be unpacked.'
unzip -p "$ZIPFILE" payload.sha256 > "$sluice_part/sums" || sluice_give_up 'the zip cannot be unpacked.'
(cd "$sluice_part/payload" && sha256sum -c ../sums > /dev/null) || sluice_give_up 'the zip is damaged.'
find "$sluice_part/payload" -type d -exec chmod 755 {} +
find "$sluice_part/payload" -type f -exec chmod 644 {} +
chmod 755 "$sluice_part/payload/bin/sluice" "$sluice_part/payload/bin/sluiced" "$sluice_part/payload/runtime/node" \
  "$sluice_part/payload/runtime"/ld-linux-*
sync

# Equal names mean equal files.
if [ -d "$sluice_base/runtime/$SLUICE_RUNTIME" ]; then
  rm -rf "$sluice_part/payload/runtime"
else
  mv "$sluice_part/payload/runtime" "$sluice_base/runtime/$SLUICE_RUNTIME" || sluice_give_up 'the runtime cannot be put in place.'
fi
ln -s "../../runtime/$SLUICE_RUNTIME" "$sluice_part/payload/runtime"
if ! [ -d "$sluice_base/versions/$SLUICE_ID" ]; then
  mv "$sluice_part/payload" "$sluice_base/versions/$SLUICE_ID" || sluice_give_up 'the version cannot be put in place.'
fi
rm -rf "$sluice_part"

sluice_link() {
  rm -f "$sluice_base/$1.new"
  ln -s "$2" "$sluice_base/$1.new" && mv -T "$sluice_base/$1.new" "$sluice_base/$1" || abort "Sluice: $1 cannot be set."
}
sluice_current=$(readlink "$sluice_base/current")
if [ "$sluice_current" != "versions/$SLUICE_ID" ]; then
  [ -n "$sluice_current" ] && sluice_link previous "$sluice_current"
  sluice_link current "versions/$SLUICE_ID"
fi
# Who installs again wants it tried again.
rm -f "$sluice_base/module/failed-starts" "$sluice_base/module/disabled"
mv "$MODPATH/config.example.yaml" "$sluice_base/config.example.yaml"
if ! [ -e "$sluice_base/config.yaml" ]; then
  ui_print "- Nothing is served before there is a $sluice_base/config.yaml"
  ui_print "  (an example is beside it)"
fi
