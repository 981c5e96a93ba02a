#!/usr/bin/env bash
# Compiles src/main/cuda/*.cu to PTX: ptx.sh [FOLDER], by default the resources that are committed. Needs nvcc and ptxas.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/src/main/resources/dev/kneepoint/backend/cuda}
release=$(nvcc --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A source that needs more than compute capability 7.5 says so in its first line.
capability() {
    head -1 "$1" | sed -n 's/.*compute_\([0-9]*\).*/\1/p' | grep . || echo 75
}

# nvcc writes the version of PTX that it knows itself, which older drivers refuse: take the oldest that ptxas accepts.
oldest() {
    local version
    for version in 6.3 6.4 6.5 7.0 7.1 7.2 7.3 7.4 7.5 7.6 7.7 7.8 8.0; do
        sed "s/^\.version .*/.version $version/" "$1" >"$work/try.ptx"
        if ptxas -arch="sm_$2" "$work/try.ptx" -o /dev/null 2>/dev/null; then
            echo "$version"
            return
        fi
    done
    echo "ptx.sh: ptxas accepts no version of PTX for $1" >&2
    return 1
}

for source in "$here"/src/main/cuda/*.cu; do
    name=$(basename "$source" .cu)
    least=$(capability "$source")
    nvcc -std=c++17 -O3 -arch="compute_$least" -ptx "$source" -o "$work/$name.ptx"
    version=$(oldest "$work/$name.ptx" "$least")
    {
        echo "// Made from $name.cu by ptx.sh with nvcc $release; not to be edited."
        sed -e '/^\/\//d' -e '/^[[:space:]]*\/\//d' -e "s/^\.version .*/.version $version/" "$work/$name.ptx" | cat -s
    } >"$out/$name.ptx"
done
