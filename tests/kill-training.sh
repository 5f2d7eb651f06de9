#!/usr/bin/env bash
# Kills a training twenty times at random moments, many of them while it writes a checkpoint, and compares weights and curve with those of
# an uninterrupted training; another seed gives other moments. Settings go on to the training: --set devices=2.
# usage: tests/kill-training.sh [SEED [SETTINGS...]]
set -euo pipefail
cd "$(dirname "$0")/.."
RANDOM=${1:-1}
settings=("${@:2}")
dotnet build -c Release -v q src/CorpusForge.Host >&2
corpusforge=$PWD/src/CorpusForge.Host/bin/Release/net10.0/linux-x64/corpusforge
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

words=(a bed cat dog ear far gate hill ink jar keep lamp mill nail oak pan quill rain sea tree urn vine wall yard zinc)
for document in $(seq 300); do
    text=""
    for _ in $(seq 60); do text+="${words[RANDOM % ${#words[@]}]} "; done
    echo "{\"text\":\"$document $text\"}"
done > in.jsonl
cat > p.yaml <<'YAML'
name: p
sources:
  - jsonl: { paths: [in.jsonl] }
stages:
  - clean
  - tokenize: { tokenizer: byte, validationShare: 0.1 }
YAML
"$corpusforge" run p.yaml --out out >&2
tokens=$(echo out/p/tokenize-*)
train() {
    exec "$corpusforge" train "$tokens" --to "$1" --set maxSteps=900 --set layers=2 --set width=64 --set context=64 --set batchSize=4 \
        --set checkpointEvery=3 --set validationEvery=50 --set optimizer=muon --set skipAboveDeviations=4 --set device=cpu "${settings[@]}" 2>> "$1.txt" > /dev/null
}
(train straight)

steps() { grep -c . killed/curve.jsonl 2>/dev/null || true; }
target=0
for kill in $(seq 20); do
    target=$((target + 25 + RANDOM % 18))
    train killed &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && [ "$(tail -n 1 killed/log.jsonl 2>/dev/null | sed -n 's/^{"step":\([0-9]*\).*/\1/p')0" -lt "${target}0" ]; do sleep 0.01; done
    sleep "0.0$((RANDOM % 100))"
    kill -9 "$pid" || { echo "training ended before kill $kill" >&2; exit 1; }
    wait "$pid" 2>/dev/null || true
    echo "kill $kill after step $(steps)" >&2
done
(train killed)
cmp straight/model.safetensors killed/model.safetensors
cmp straight/curve.jsonl killed/curve.jsonl
echo "20 kills: $(steps) steps, the same weights and curve to the last bit"
