#!/usr/bin/env bash
# Kills a crawl of 5,000 pages ten times at random moments and judges it by the server's log and its WARC files; another seed gives other moments.
# usage: tests/kill-crawl.sh [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
export CORPUSFORGE_KILLS=10 CORPUSFORGE_CRAWL_PAGES=5000 CORPUSFORGE_KILL_SEED=${1:-1}
dotnet test -c Release --project tests/CorpusForge.Host.Tests -- --filter-method "*Kills_lose_no_page*"
