#!/usr/bin/env bash
# On the machine without a network, from the folder that pack.sh made:
#   FOLDER/install.sh [TARGET]        TARGET: /usr/local/fangbang unless given
# Nothing is fetched from anywhere. Run it again from a newer folder to upgrade: the old environment stays until the new one
# stands, and comes back with: mv TARGET.before TARGET
set -euo pipefail
folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PYTHON=${PYTHON:-python3.11}
target=${1:-/usr/local/fangbang}
(cd "$folder" && sha256sum --quiet --check SHA256SUMS)
new="$target.new"
rm -rf "$new"
"$PYTHON" -m venv "$new"
install=("$new/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$folder/wheels")
"${install[@]}" --require-hashes --requirement "$folder/run.txt"
"${install[@]}" --no-deps "$folder"/fangbang-*.whl
"$new/bin/python" -m pip check --quiet --disable-pip-version-check
# An environment names its own folder in its programs: moved ones are told the new one.
grep -rlIF "$new" "$new/bin" | xargs -r sed -i "s|$new|$target|g"
rm -rf "$target.before"
if [ -e "$target" ]; then mv "$target" "$target.before"; fi
mv "$new" "$target"
"$target/bin/fangbang" --version
