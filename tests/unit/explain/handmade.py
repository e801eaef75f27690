"""Explanations with numbers of our own, on texts cut by the real tokenizer."""

from __future__ import annotations

import numpy as np

from gatewise.explain.explanation import Explanation, Words
from gatewise.text.encoding import clean
from gatewise.text.tokenizer import WordTokenizer

TEXTS = {
    "plain": "Not bad at all, and the ending is superb.",
    "accents": "Žižek’s café: naïve, déjà vu! Ångström",
    "combining": "Cafe\u0301 no\u0308el, s\u0323\u0307o good",
    "emoji": "Loved it 👍🏽 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️, 10/10",
    "right-to-left": "הסרט היה מצוין (really), رائع جدا",
    "Hangul": "\u1112\u1161\u11ab 영화 정말 좋다",
    "line ends": "First line.\n\n\tSecond, indented  twice.\n",
    "markup": "<br /><b>bold</b> & [red]rich[/red] :smile: \\[x] {y}",
    "empty": "",
    "only spaces": "   ",
    "widening": "İstanbul ½ ﬁne Å \u0344x ﷺ",
}


def handmade(
    text: str,
    shares: list[float] | None = None,
    *,
    baseline: float = 0.25,
    gap: float = 0.0,
    method: str = "running",
    labels: tuple[str | int, ...] = ("neg", "pos"),
    label: str | int = "pos",
    rival: bool = True,
) -> Explanation:
    """Contributions as given, or -1, 0, 1, -1, ... tenths by turns; a running score only for the running method."""
    encoding = WordTokenizer(["<unk>", "good", "bad"]).encode(text)
    count = len(encoding.words)
    contributions = np.array([(n % 3 - 1) / 10 for n in range(count)] if shares is None else shares, dtype=np.float64)
    words = Words(clean(text), encoding.words, encoding.offsets, np.ones(count, bool), encoding.ids != 0)
    score = baseline + float(contributions.sum()) + gap
    share = 1 / (1 + np.exp(-score))
    others = [(1 - share) / (len(labels) - 1)] * len(labels)
    probabilities = np.array([share if name == label else other for name, other in zip(labels, others, strict=True)])
    return Explanation(
        words=words,
        labels=labels,
        probabilities=probabilities,
        label=label,
        method=method,
        score=score,
        baseline=baseline,
        contributions=contributions,
        running=baseline + np.cumsum(contributions) if method == "running" else None,
        rival=contributions / 2 if rival else None,
    )
