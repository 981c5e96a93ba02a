#!/usr/bin/env bash
# Builds the check kit beside this script: a folder that needs only a driver on the machine that it is copied to.
set -euo pipefail

here=$(CDPATH='' cd -P "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
kit=$here/target/kit
most_mib=64

say() { printf 'gpu-check: %s\n' "$*" >&2; }

# The launcher knows a JDK and builds what is missing; it comes back here.
if [ -z "${KNEEPOINT_KIT_JDK:-}" ]; then
    exec "$root/kneepoint" kit
fi
quick=$root/samples/target/quick

# only_driver JAR: copies JCuda's natives without its compilers and its runtime, which nothing here calls.
only_driver() {
    local work name
    work=$(mktemp -d)
    name=$("$KNEEPOINT_KIT_JDK/bin/jar" --list --file "$1" | grep '^lib/libJCudaDriver-')
    (cd "$work" && "$KNEEPOINT_KIT_JDK/bin/jar" --extract --file "$1" "$name")
    "$KNEEPOINT_KIT_JDK/bin/jar" --create --file "$kit.new/lib/${1##*/}" -C "$work" lib
    rm -rf "$work"
}

rm -rf "$kit.new"
mkdir -p "$kit.new/lib"
cp "$quick/kneepoint-samples.jar" "$kit.new/lib/"
for jar in "$quick"/lib/*.jar; do
    case ${jar##*/} in
        # What draws reports has no place on a machine that is checked.
        jfreechart-* | batik-* | xmlgraphics-* | commons-* | uplot-* | jmustache-*) ;;
        jcuda-natives-*) only_driver "$jar" ;;
        *) cp "$jar" "$kit.new/lib/" ;;
    esac
done

# Jackson and picocli name further JDK modules, but do without them where they are missing.
"$KNEEPOINT_KIT_JDK/bin/jlink" --add-modules java.base,java.logging,jdk.unsupported \
    --strip-debug --no-header-files --no-man-pages --compress zip-9 --output "$kit.new/runtime"
cp "$here/run.sh" "$kit.new/"

# Without it the check runs all the same, and compares nothing with C.
if command -v gcc >/dev/null 2>&1; then
    gcc -std=c11 -O2 "$here/rivals.c" -o "$kit.new/rivals" -ldl
else
    say "no gcc here: the kit compares no figure with a C program's"
fi

mib=$(($(du -sk "$kit.new" | cut -f1) / 1024 + 1))
if [ "$mib" -gt "$most_mib" ]; then
    say "the kit takes $mib MiB, more than the $most_mib MiB that it may; it stays in $kit.new"
    exit 1
fi
rm -rf "$kit"
mv "$kit.new" "$kit"
say "built $kit, $mib MiB"
