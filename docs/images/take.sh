#!/usr/bin/env bash
# Takes the pictures of the docs anew, from the reports that the command line writes now: take.sh [FOLDER], by default the
# pictures that are committed. Needs chromium; look at them before you commit.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(cd "${1:-$here}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here/../.."

# take NAME HEIGHT COMMAND...: the top of the report that the command writes; the height ends it between two parts.
take() {
    local name=$1 height=$2
    shift 2
    ./kneepoint "$@" --quiet --out "$work/$name" >"$work/log" || { cat "$work/log" >&2; return 1; }
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=3000 \
        --user-data-dir="$work/browser" --window-size="1100,$height" --screenshot="$work/$name.png" \
        "file://$work/$name/report.html" 2>"$work/log" || { cat "$work/log" >&2; return 1; }
    mv "$work/$name.png" "$out/$name.png"
}

# README.md: the default study.
take report 4330 study
# docs/search.md: pipelines and context parallelism would move the knee beyond these sizes.
take search 1360 search --model llama2-7b --cluster dgx-h100 --stack torch-fsdp --seq 4096 --global-batch 256 \
    --devices 8..2048 --fix pp=1,cp=1
