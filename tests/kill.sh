#!/bin/sh
# Kills runs of every learner x strategy at random instants and compares what they end in
# with undisturbed runs, byte by byte (tests/bench/study/check_kill.c):
#
#   tests/kill.sh [RESUMES [SEED]]      default: 200, and a seed from the clock
#
# Needs the test build (cmake --build --preset test). Prints the seed, then a table. The seed
# draws what is killed, how and when; the machine decides what a worker is doing then.
set -eu
cd "$(dirname "$0")/.."
KILL_ALL=1
KILL_RESUMES=${1:-200}
KILL_SEED=${2:-$(date +%s)}
BENCH_PROGRAM=${BENCH_PROGRAM:-$PWD/build-test/bench}
CK_RUN_SUITE=kill
CK_FORK=no
export KILL_ALL KILL_RESUMES KILL_SEED BENCH_PROGRAM CK_RUN_SUITE CK_FORK
exec build-test/tests/check_bench_study
