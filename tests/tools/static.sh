#!/bin/sh
# Static analysis of the program's sources by gcc -fanalyzer, cppcheck and clang-tidy:
#
#   tests/tools/static.sh [gcc|cppcheck|clang-tidy]...      default: all three
#
# Prints what they find and tests/tools/static.known does not name; status 1 if that is
# anything. Which checks of clang-tidy are off, and why, is in .clang-tidy. JOBS=2 runs two
# compilers at a time. A tool that is not installed is named and left out.
set -eu
cd "$(dirname "$0")/../.."
jobs=${JOBS:-1}
build=build-analyze
found=$(mktemp) known=$(mktemp)
trap 'rm -f "$found" "$known"' EXIT

# Every source anew: a warning is printed only when its file is compiled.
run_gcc() {
    cmake --build --preset analyze -j "$jobs" --clean-first 2>&1 |
        grep -E '(warning|error): ' || true
}

run_cppcheck() {
    git ls-files -- '*.c' ':!tests' | cppcheck -q -j "$jobs" --file-list=- -I. \
        --enable=warning,portability,performance,style --inline-suppr \
        -D_GNU_SOURCE -DKERNEL_ISA=avx2 -DKERNEL_BYTES=32 \
        --template='{file}:{line}: {message} [{id}]' 2>&1
}

run_clang_tidy() {
    git ls-files -- '*.c' ':!tests' | xargs -P "$jobs" -n 1 clang-tidy --quiet -p $build 2>/dev/null |
        grep -E '(warning|error): ' || true
}

# The findings of one tool that are not known.
report() {
    if ! command -v "$1" >/dev/null; then
        echo "$1 is not installed: left out"
        return
    fi
    echo "==> $1"
    "run_$(echo "$1" | tr - _)" | sed "s|^$PWD/||" | sort -u |
        grep -vE -f "$known" | tee -a "$found" || true
}

grep -v '^#' tests/tools/static.known | grep . >"$known"
cmake --preset analyze >/dev/null
[ $# -gt 0 ] || set -- gcc cppcheck clang-tidy
for tool; do
    report "$tool"
done
[ ! -s "$found" ]
