#!/bin/sh
# Makes what looks at a server from outside, below build/: sslyze in an environment of its own (it
# wants an older cryptography), Mozilla's Observatory with its own packages. Both come from locks.
# Usage: tools/scanners.sh PYTHON
set -eu
python=$1
mkdir -p build
if [ ! -x build/sslyze/bin/sslyze ]; then
    "$python" -m venv build/sslyze
    build/sslyze/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
        --no-deps --require-hashes -r requirements/sslyze.txt
fi
scan=build/observatory/node_modules/@mdn/mdn-http-observatory
if [ ! -f "$scan/conf/hsts-preload.json" ]; then
    mkdir -p build/observatory
    cp requirements/observatory/package.json requirements/observatory/package-lock.json \
        requirements/observatory/.npmrc build/observatory/
    (cd build/observatory && npm ci --ignore-scripts --omit=optional --no-audit --no-fund \
        --loglevel=error)
    # Its installer would fetch the list of names that browsers know to be https only.
    echo '{}' > "$scan/conf/hsts-preload.json"
fi
