#!/bin/sh
# Makes programs that speak Mumble, below build/, for tests: pymumble in an environment of its own
# (it wants an older protobuf), a client of npm, and Mumble 1.5 of Debian 13 where that is possible.
# The first two come from locks. Usage: tools/mumble.sh PYTHON
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
