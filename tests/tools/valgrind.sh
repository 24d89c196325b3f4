#!/bin/sh
# A small suite under valgrind's memcheck: a run that is killed, its resumption, a report, a
# comparison.
#
#   tests/tools/valgrind.sh [PROGRAM]      default: build-test/bench
#
# Prints what valgrind finds; status 1 if that is anything. valgrind knows no AVX-512: it
# shows the program a processor without it, which then takes its AVX2 kernels. The address
# space is limited because valgrind keeps books of all that the arenas reserve. Leaks are the
# business of the sanitizers (preset dev). The data are 8 x 8 images that this script makes.
set -eu
cd "$(dirname "$0")/../.."
program=$(realpath "${1:-build-test/bench}")
suite=$PWD/tests/suites/valgrind.yaml
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/data" "$folder/found"
cd "$folder"
ulimit -v 4000000

# idx N LABELS: N images (LABELS = 1: their labels) as octal escapes. A bright row tells the
# class.
idx() {
    awk -v n="$1" -v labels="$2" 'BEGIN {
        printf "\\000\\000\\010\\%03o\\000\\000\\000\\%03o", labels ? 1 : 3, n
        if (!labels)
            printf "\\000\\000\\000\\010\\000\\000\\000\\010"
        for (i = 0; i < n; i++)
            for (p = 0; p < (labels ? 1 : 64); p++) {
                byte = int(p / 16) == i % 4 ? 200 : (31 * i + 17 * p) % 97
                printf "\\%03o", labels ? i % 4 : byte
            }
    }'
}
printf "$(idx 120 0)" >data/train-images-idx3-ubyte
printf "$(idx 120 1)" >data/train-labels-idx1-ubyte
printf "$(idx 40 0)" >data/t10k-images-idx3-ubyte
printf "$(idx 40 1)" >data/t10k-labels-idx1-ubyte

check() {
    echo "==> bench $*" >&2
    exec valgrind -q --leak-check=no --track-origins=yes --log-file=found/%p "$program" "$@"
}

(check run "$suite" --out out --jobs 1 --no-report --quiet) &
until [ -n "$(find out -name checkpoint 2>/dev/null)" ]; do
    kill -0 $! || exit 1
    sleep 0.1
done
kill -KILL $!
wait $! || true
(check run "$suite" --out out --jobs 1 --no-report --quiet)
grep -rq 'goes on from' out/cells || { echo "no cell went on from a checkpoint"; exit 1; }
(check report out --plots accuracy) >/dev/null
(check compare out none replay) >/dev/null

! cat found/* | grep .
