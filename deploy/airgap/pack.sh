#!/usr/bin/env bash
# On a machine with a network: everything that an installation needs, in one folder, to be carried over.
#   deploy/airgap/pack.sh FOLDER
# The wheels are those whose hashes requirements/run.txt names; SHA256SUMS names every file of the folder.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
PYTHON=${PYTHON:-python3.11}
folder=${1:?"usage: pack.sh FOLDER"}
mkdir -p "$folder/wheels"
"$PYTHON" -m pip download --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  --dest "$folder/wheels" --requirement "$ROOT/requirements/run.txt"
"$PYTHON" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$folder" "$ROOT"
cp "$ROOT/requirements/run.txt" "$ROOT/deploy/airgap/install.sh" "$folder/"
cp -r "$ROOT/deploy/systemd" "$ROOT/deploy/nginx" "$folder/"
(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
echo "packed $(find "$folder/wheels" -name '*.whl' | wc -l) wheels; read the hash of SHA256SUMS out to whoever installs:"
sha256sum "$folder/SHA256SUMS"
