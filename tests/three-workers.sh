#!/usr/bin/env bash
# 2,000 units on three workers, one killed and one frozen beyond its lease and continued: every file is the embedded run's, byte by byte.
# With --netns the workers are in network namespaces (needs root), and one is cut off for a minute instead of frozen.
# usage: tests/three-workers.sh [postgres|redis] [--netns]
set -euo pipefail
cd "$(dirname "$0")/.."
export CORPUSFORGE_FILES=${CORPUSFORGE_FILES:-400}
what='*One_of_three_workers*' explicit=off
for argument; do
  case $argument in
    postgres | redis) export CORPUSFORGE_STORE=$argument ;;
    --netns) what='*A_worker_is_cut_off*' explicit=only ;;
    *) sed -n 2,4p "$0" >&2; exit 2 ;;
  esac
done
dotnet test -c Release --project tests/CorpusForge.Host.Tests -- --filter-method "$what" --explicit $explicit --output Detailed
