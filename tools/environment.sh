#!/bin/sh
# Makes .venv with exactly the packages of a lock file, and the command allmende in it. The lock
# names everything, so nothing is resolved or compiled: that is most of the time saved.
# Usage: tools/environment.sh PYTHON requirements/FILE.txt
set -eu
python=$1 lock=$2
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }
test -x .venv/bin/python || "$python" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile \
    --no-deps --require-hashes -r "$lock"
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd > "$site/allmende.pth"
cat > .venv/bin/allmende <<END
#!$(pwd)/.venv/bin/python
from allmende.__main__ import main

main(prog_name="allmende")
END
chmod +x .venv/bin/allmende
