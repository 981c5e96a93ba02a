#!/usr/bin/env bash
# Checks this machine's device: conformance, figures, one device's work in strategies of many, calibration, predictions beside
# real runs. Prints one JSON on stdout within 8 minutes.
#   run.sh [options of `kneepoint check`]     default: --backend auto, which is cuda where it can run, else opencl
# Needs a driver and nothing else where the kit was built before (gpu-check/build.sh), else a JDK and Maven to build it.
set -euo pipefail

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kit=$here
if [ ! -x "$kit/runtime/bin/java" ]; then
    kit=$here/target/kit
    if [ ! -x "$kit/runtime/bin/java" ]; then
        if [ ! -e "$here/build.sh" ]; then
            printf 'gpu-check: %s has no runtime folder; copy the whole kit, not only run.sh\n' "$here" >&2
            exit 2
        fi
        "$here/build.sh"
    fi
fi

defaults=(--backend auto)
for option in "$@"; do
    case $option in --backend | --backend=* | -h | --help | -V | --version) defaults=() ;; esac
done
if [ -x "$kit/rivals" ]; then
    defaults+=(--rivals "$kit/rivals")
fi
exec "$kit/runtime/bin/java" --enable-native-access=ALL-UNNAMED \
    -Xlog:disable -Xlog:all=error:stderr -cp "$kit/lib/*" \
    dev.kneepoint.samples.cli.CheckMain ${defaults[@]+"${defaults[@]}"} "$@"
