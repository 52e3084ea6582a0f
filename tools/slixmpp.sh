#!/bin/sh
# Makes programs that speak XMPP, below build/, for tests: slixmpp in an environment of its own with
# the integration tests of its source package, and the client of npm. Both come from locks.
# Usage: tools/slixmpp.sh PYTHON
set -eu
python=$1
mkdir -p build
if [ ! -f build/slixmpp/.complete ]; then
    rm -rf build/slixmpp
    "$python" -m venv build/slixmpp
    build/slixmpp/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --require-hashes -r requirements/slixmpp.txt
    # Nothing of it is built, and only the tests are taken: beside them Python would import it.
    build/slixmpp/bin/python -m pip download --quiet --disable-pip-version-check --no-deps \
        --require-hashes --no-binary :all: --no-build-isolation --dest build/slixmpp/source \
        -r requirements/slixmpp-source.txt
    tar -xzf build/slixmpp/source/slixmpp-*.tar.gz -C build/slixmpp --strip-components=1 \
        --wildcards 'slixmpp-*/itests'
    rm -r build/slixmpp/source
    touch build/slixmpp/.complete
fi
if [ ! -d build/xmpp-client/node_modules/@xmpp/client ]; then
    mkdir -p build/xmpp-client
    cp requirements/xmpp-client/package.json requirements/xmpp-client/package-lock.json \
        requirements/xmpp-client/.npmrc build/xmpp-client/
    (cd build/xmpp-client && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
fi
