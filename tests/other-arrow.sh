#!/usr/bin/env bash
# Opens token and document shards with npm's apache-arrow, another implementation of Arrow, and compares every value with what the program
# itself exports. Needs node and npm.
# usage: tests/other-arrow.sh
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build -c Release -v q src/CorpusForge.Host >&2
corpusforge=$PWD/src/CorpusForge.Host/bin/Release/net10.0/linux-x64/corpusforge
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-fund --no-audit apache-arrow@21 fzstd@0.1 >&2
words=(a bed 河流 dog é gate hill ink 🦊 keep "l'amp" mill null \\\\ oak)
for document in $(seq 400); do
    text=""
    for _ in $(seq $((RANDOM % 200 + 1))); do text+="${words[RANDOM % ${#words[@]}]} "; done
    echo "{\"text\":\"$document $text\",\"url\":\"https://example.org/$document\"}"
done > in.jsonl
for tokenizer in byte cl100k_base; do
    cat > "$tokenizer.yaml" <<YAML
name: $tokenizer
sources:
  - jsonl: { paths: [in.jsonl] }
stages:
  - clean
  - tokenize: { tokenizer: $tokenizer, validationShare: 0.2 }
YAML
    "$corpusforge" run "$tokenizer.yaml" --out out >&2
    "$corpusforge" export "out/$tokenizer/"tokenize-* --format jsonl --to "$tokenizer-tokens" >&2
    "$corpusforge" export "out/$tokenizer/"clean-* --format jsonl --to "$tokenizer-documents" >&2
done

cat > compare.mjs <<'JS'
import { readFileSync, readdirSync } from 'node:fs';
import { CompressionType, compressionRegistry, tableFromIPC } from 'apache-arrow';
import { decompress } from 'fzstd';

// Documents are compressed, token shards are not. Numbers must lie where a buffer begins.
compressionRegistry.set(CompressionType.ZSTD, { decode: d => decompress(d).slice() });
const [stage, exported, ...columns] = process.argv.slice(2);
const files = readdirSync(exported).filter(f => f.endsWith('.jsonl')).sort();
const expected = files.flatMap(f => readFileSync(`${exported}/${f}`, 'utf8').split('\n').filter(l => l).map(l => JSON.parse(l)));
const byId = new Map(expected.map(e => [e.id, e]));
const plain = v => v == null ? null : typeof v === 'object' ? Array.from(v, Number) : v;
let [rows, tokens] = [0, 0];
for (const key of JSON.parse(readFileSync(`${stage}/stage.json`)).result) {
  for (const row of tableFromIPC(readFileSync(`${stage}/part-${key}.arrow`))) {
    const other = byId.get(row.id);
    if (!other) throw new Error(`there is no ${row.id} in what was exported`);
    for (const column of columns) {
      const [read, wanted] = [JSON.stringify(plain(row[column])), JSON.stringify(other[column] ?? null)];
      if (read !== wanted) throw new Error(`${column} of ${row.id}: ${read}, and not ${wanted}`);
    }
    rows++;
    tokens += row.tokens?.length ?? 0;
  }
}
if (rows !== expected.length || rows < 300) throw new Error(`${rows} rows, and not ${expected.length}`);
console.log(`${stage}: ${rows} rows, ${tokens} tokens, every ${columns.join(', ')} equal`);
JS
for tokenizer in byte cl100k_base; do
    node compare.mjs "out/$tokenizer/"tokenize-* "$tokenizer-tokens" tokens kind language license source url
    node compare.mjs "out/$tokenizer/"clean-* "$tokenizer-documents" text kind source url
done
