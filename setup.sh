#!/bin/sh
# Sets the project up, in one command each:
#
#   ./setup.sh         installs what is missing, builds, runs the quick-start suite (on MNIST
#                      where the data directory has it, else on generated digits)
#   ./setup.sh test    installs what is missing, builds with two compilers, runs all tests
#   ./setup.sh build   installs what is missing and builds build/bench
#   ./setup.sh extras  installs what only some tests need: MPI, Slurm, a browser, zsh
#
# Safe to run again. Packages are installed where this is Debian (or a relative) and root or
# sudo is at hand; elsewhere what is missing is named.
set -eu
cd "$(dirname "$0")"

# The text above.
usage() {
    sed -n '1,/^#$/d; /^[^#]/q; s/^# \{0,1\}//p' setup.sh
}

say() {
    printf '\n==> %s\n' "$*"
}

fail() {
    printf 'setup.sh: %s\n' "$*" >&2
    exit 2
}

jobs=$(nproc 2>/dev/null || echo 2)

# What a package gives, and how to see that it is there.
missing_packages() {
    command -v cc >/dev/null || echo gcc libc6-dev
    command -v make >/dev/null || echo make
    command -v cmake >/dev/null || echo cmake
    command -v pkg-config >/dev/null || echo pkg-config
    command -v git >/dev/null || echo git
    has_openblas || echo libopenblas-serial-dev
    has_header yaml.h || echo libyaml-dev
    has_header jansson.h || echo libjansson-dev
    has_header zlib.h || echo zlib1g-dev
    has_header curl/curl.h || echo libcurl4-openssl-dev
    command -v gnuplot >/dev/null || echo gnuplot-nox
    if [ "$1" = test ]; then
        has_header check.h || echo check
        command -v clang >/dev/null || echo clang
        has_sanitizers || echo libclang-rt-dev
        command -v clang-format >/dev/null || echo clang-format
        command -v ld.lld >/dev/null || echo lld
    fi
}

# The package's own library, where it can be installed: cblas.h may be another BLAS's.
has_openblas() {
    if command -v apt-get >/dev/null; then
        ls /usr/lib/*/openblas-serial/libopenblas.a >/dev/null 2>&1
    else
        has_header cblas.h
    fi
}

has_header() {
    command -v cc >/dev/null &&
        printf '#include <stdio.h>\n#include <%s>\n' "$1" |
        cc -E -x c - >/dev/null 2>&1
}

has_sanitizers() {
    command -v clang >/dev/null &&
        echo 'int main(void) { return 0; }' |
        clang -fsanitize=address -x c - -o /dev/null >/dev/null 2>&1
}

# apt-get as root, if that can be had.
find_root() {
    if [ "$(id -u)" -eq 0 ]; then
        sudo=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo=sudo
    else
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
}

apt_install() {
    $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null </dev/null
}

install_packages() {
    packages=$(missing_packages "$1" | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    say "missing: $packages"
    if ! command -v apt-get >/dev/null; then
        fail "not a Debian system: install the equivalents of $packages"
    elif ! find_root; then
        only_optional "$packages" && return 0
        fail "no root: ask an administrator to run: apt-get install $packages"
    fi
    $sudo apt-get update -qq || fail "apt-get update failed: is there a network?"
    # shellcheck disable=SC2086
    apt_install $packages || fail "apt-get could not install: $packages"
}

# What only some tests need, and is absent: its name, its packages.
missing_extras() {
    command -v mpirun >/dev/null || echo "MPI: openmpi-bin libopenmpi-dev"
    command -v sbatch >/dev/null || echo "Slurm: slurm-wlm munge"
    command -v chromium >/dev/null || echo "Chromium: chromium"
    command -v zsh >/dev/null || echo "zsh: zsh"
}

# Nothing depends on them: what cannot be installed is named, and its tests are skipped.
install_extras() {
    extras=$(missing_extras)
    [ -n "$extras" ] || return 0
    if ! command -v apt-get >/dev/null || ! find_root; then
        printf 'not installed (no apt-get, or no root):\n%s\n' "$extras"
        return 0
    fi
    $sudo apt-get update -qq || echo "apt-get update failed"
    echo "$extras" | while IFS=: read -r name packages; do
        say "installing $name"
        # shellcheck disable=SC2086
        apt_install $packages || echo "could not be installed:$packages"
    done
}

# Without gnuplot everything but the pictures works.
only_optional() {
    [ "$(echo "$1" | tr -d ' ')" = gnuplot-nox ] || return 1
    echo "going on without gnuplot: the report will have no pictures"
}

build() {
    say "building ($1)"
    cmake --preset "$1" >"build-$1.log" 2>&1 || { cat "build-$1.log"; fail "cmake failed"; }
    cmake --build --preset "$1" -j "$jobs" >>"build-$1.log" 2>&1 ||
        { tail -n 40 "build-$1.log"; fail "the build failed"; }
    grep -A 3 'warning:' "build-$1.log" || true
    rm "build-$1.log"
}

quick_start() {
    install_packages build
    build release
    data=${BENCH_DATA:-${XDG_DATA_HOME:-${HOME:-/nonexistent}/.local/share}/bench}
    if ls "$data"/mnist/train-images-idx3-ubyte* >/dev/null 2>&1; then
        say "running the quick-start suite on MNIST, found in $data"
        ./build/bench run bench/suites/quick.yaml --out out/quick-mnist \
            --set streams.split-digits.dataset=mnist --set streams.split-digits.id=split-mnist
    else
        say "running the quick-start suite on generated digits"
        ./build/bench run bench/suites/quick.yaml
    fi
}

# Tests write thousands of small files, each synced: on a disk that takes longer than all else.
use_memory_files() {
    if [ -n "${TMPDIR:-}" ] || ! has_room_to_run /dev/shm; then
        return 0
    fi
    TMPDIR=$(mktemp -d /dev/shm/bench-XXXXXX)
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
    trap 'exit 130' INT TERM
}

# Half a GB, where programs can be started.
has_room_to_run() {
    [ -w "$1" ] && [ "$(df -Pk "$1" | awk 'NR == 2 { print $4 }')" -gt 500000 ] &&
        ! grep -q "^[^ ]* $1 [^ ]* [^ ]*noexec" /proc/mounts
}

# With junit's file, from which skipped_tests reads.
run_ctest() {
    failed=0
    # Twice as many as there are cores: many wait. A search takes two places, and so a core.
    ctest --preset "$1" -j $((2 * jobs)) --output-junit tests.xml || failed=$?
    skipped_tests "$1"
    [ "$failed" -eq 0 ] || exit "$failed"
}

# Which tests were skipped, and the reason that they print (tests/support/needs.h).
skipped_tests() {
    awk -F '"' '/<testcase / { name = $2 }
        sub(/.*skipped: /, "") { print "skipped: " name ": " $0 }' "build-$1/tests.xml"
    missing_extras | sed 's/^/not installed: /'
}

run_tests() {
    install_packages test
    build test
    build dev
    build tsan
    say "formatting"
    git ls-files -co --exclude-standard -- '*.c' '*.h' | xargs -P "$jobs" -n 100 clang-format --dry-run --Werror ||
        fail "run: git ls-files -- '*.c' '*.h' | xargs clang-format -i"
    use_memory_files
    say "tests, optimised (gcc)"
    run_ctest test
    say "tests, address and undefined-behaviour sanitizers (clang)"
    run_ctest dev
    say "two threads inside a cell, thread sanitizer (clang)"
    run_threads
    sum_up build-test/tests.xml build-dev/tests.xml
}

# A race ends its cell, and so the run, with an error; the cell's log says where it is.
run_threads() {
    TSAN_OPTIONS=halt_on_error=1 build-tsan/bench run tests/suites/threads.yaml \
        --out build-tsan/threads --restart --no-report --quiet ||
        fail "a race? see the logs in build-tsan/threads"
}

# Both runs in one line: "220 passed, 0 failed, 10 skipped".
sum_up() {
    grep -ho '\(tests\|failures\|skipped\|disabled\)="[0-9]*"' "$@" | tr '="' '  ' |
        awk '{ n[$1] += $2 } END { skipped = n["skipped"] + n["disabled"]
            printf "%d passed, %d failed, %d skipped\n",
                n["tests"] - n["failures"] - skipped, n["failures"], skipped }'
}

case "${1:-quick}" in
quick) quick_start ;;
test) run_tests ;;
build) install_packages build && build release && echo "built: build/bench" ;;
extras) install_extras ;;
-h | --help | help) usage ;;
*) fail "usage: ./setup.sh [quick|test|build|extras|--help]" ;;
esac
