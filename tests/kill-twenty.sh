#!/usr/bin/env bash
# Kills a run twenty times at random moments and compares every shard with an uninterrupted run's; another seed gives other moments.
# usage: tests/kill-twenty.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
export CORPUSFORGE_KILLS=20 CORPUSFORGE_KILL_SEED=${1:-1}
dotnet test -c Release --project tests/CorpusForge.Host.Tests -- --filter-method "*Kills_at_random_moments*"
