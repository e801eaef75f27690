#!/bin/sh
# The main job on material that comes with the repository: predict, train twice, evaluate on held-out rows, report.
set -eu
out=demo-out
rm -rf "$out"
mkdir "$out"
PATH="$PWD/.venv/bin:$PATH"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { say "\$ gatewise $*"; gatewise "$@"; }

say "1. Predict with the model that comes with the package (it read IMDB film reviews)"
show predict \
    "A warm, funny film that I did not want to end." \
    "Dull, badly acted and far too long." \
    "I expected to hate it, but the ending won me over."
echo "(the last one is beyond it: a model of this size counts more than it understands)"
show explain "I expected to hate it, but the ending won me over."

say "2. Hold out a third of examples/reviews.csv, which training will not see"
show data split examples/reviews.csv --share 0.33 --seed 0 --out "$out"

say "3. Train from scratch on the rest: too few reviews for a network that has to learn every word"
show train "$out/reviews.train.csv" --out "$out/from-scratch"

say "4. Train from the packaged model: its words and its reading, a new head"
show train "$out/reviews.train.csv" --from imdb --out "$out/from-imdb"

say "5. Evaluate both on the held-out reviews"
show evaluate "$out/reviews.test.csv" --model "$out/from-scratch" --html "$out/from-scratch.html"
show evaluate "$out/reviews.test.csv" --model "$out/from-imdb" --html "$out/from-imdb.html"

say "What the packaged model's words were worth, on reviews that training did not see:"
python - "$out" <<'END'
import csv
import sys

from gatewise import load

out = sys.argv[1]
with open(f"{out}/reviews.test.csv", encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
for name in ("from-scratch", "from-imdb"):
    print(f"  {name:14} {load(f'{out}/{name}').score(texts, labels):.1%} right")
END

show export "$out/from-imdb" --to html --out "$out/page.html"
say "A page on which you can watch it read: $out/page.html"
say "Reports with plots: $out/from-imdb.html and $out/from-scratch.html"
echo "For your own file:  .venv/bin/gatewise train YOUR.csv --from imdb --out my-model"
