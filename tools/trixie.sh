#!/bin/sh
# Puts Mumble 1.5 and the Python of Debian 13 into a folder, for tests and benchmarks:
# tools/trixie.sh FOLDER. Nothing of it is configured or started; it runs by chroot. What fails is
# said aloud.
set -u
target="${1:-build/trixie}"
[ -x "$target/usr/bin/mumble" ] && [ -x "$target/usr/bin/python3" ] && exit 0
if [ -e "$target" ]; then
    echo "NOT MADE: $target is there and not whole; remove it to have it made anew." >&2
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap >/dev/null 2>&1; then
    echo "NOT MADE: $target. Mumble 1.5 needs root and mmdebstrap; its tests will not run." >&2
    exit 0
fi
mkdir -p "$(dirname "$target")"
mmdebstrap --quiet --variant=extract \
    --include=mumble,mumble-server,libqt5sql5-sqlite,fonts-dejavu-core,libpulse0,python3 \
    trixie "$target.new" >/dev/null || {
    rm -rf "$target.new"
    echo "NOT MADE: $target. Debian 13 could not be fetched; tests of Mumble 1.5 will not run." >&2
    exit 0
}
# What the scripts of the packages would have made.
for folder in bin sbin lib lib64; do
    [ -e "$target.new/$folder" ] || ln -s "usr/$folder" "$target.new/$folder"
done
[ -e "$target.new/etc/passwd" ] || echo "root:x:0:0:root:/root:/bin/sh" >"$target.new/etc/passwd"
mkdir -p "$target.new/proc" "$target.new/root" "$target.new/run"
mv "$target.new" "$target"
