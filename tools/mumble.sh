#!/bin/sh
# Makes programs that speak Mumble, below build/, for tests: pymumble in an environment of its own
# (it wants an older protobuf), a client of npm, and where that is possible Debian 13 with Mumble
# 1.5 and pymumble-rev, which wants its Python. What is not of Debian comes from locks.
# Usage: tools/mumble.sh PYTHON
set -eu
python=$1
mkdir -p build
if [ ! -f build/pymumble/.complete ]; then
    rm -rf build/pymumble
    "$python" -m venv build/pymumble
    build/pymumble/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --require-hashes -r requirements/pymumble.txt
    touch build/pymumble/.complete
fi
if [ ! -d build/mumble-client/node_modules/@tf2pickup-org/mumble-client ]; then
    mkdir -p build/mumble-client
    cp requirements/mumble-client/package.json requirements/mumble-client/package-lock.json \
        requirements/mumble-client/.npmrc build/mumble-client/
    (cd build/mumble-client && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
fi
tools/trixie.sh build/trixie
modern=build/trixie/opt/pymumble-rev
if [ -x build/trixie/usr/bin/python3 ] && [ ! -f "$modern/.complete" ]; then
    rm -rf "$modern"
    # For another Python than the one that installs it.
    build/pymumble/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --require-hashes --only-binary=:all: --python-version 3.13 --ignore-requires-python \
        --target "$modern" -r requirements/pymumble-rev.txt
    touch "$modern/.complete"
fi
