#!/bin/sh
# Installs Debian's packages of the programs that tests talk to, where that is possible.
# What stays missing is said aloud; the tests that need it say so again, and fail in CI.
set -u
missing=""
for pair in chromium:chromium firefox-esr:firefox-esr caddy:caddy ip:iproute2 nft:nftables \
    pebble:pebble nsd:nsd systemd-analyze:systemd age:age oathtool:oathtool zbarimg:zbar-tools mumble:mumble \
    murmurd:mumble-server Xvfb:xvfb pulseaudio:pulseaudio pactl:pulseaudio-utils \
    xdotool:xdotool import:imagemagick sox:sox mmdebstrap:mmdebstrap tmux:tmux profanity:profanity \
    prosody:prosody; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    for package in $missing; do
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package" \
            >/dev/null || echo "NOT INSTALLED: $package. Tests that need it will not run." >&2
    done
else
    echo "NOT INSTALLED:$missing. Tests that need these Debian packages will not run." >&2
fi
exit 0
