"""Small models of every kind that the page shows, with random weights, and hostile texts to read with them."""

from __future__ import annotations

import random
import unicodedata
from typing import Any

import numpy as np

from gatewise.baseline.nbsvm import NBSVM
from gatewise.baseline.ngrams import hashed_ngrams
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import BlendConfig, ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel
from gatewise.text.tokenizer import WordTokenizer

WORDS = ["<unk>", "good", "bad", "film", "a", "the", "not", ".", ",", "n't", "is", "wonderful", "slow", "été"]
TEXTS = ["a good film .", "", "the film is n't bad , not at all : it isn't slow", "unheard words", "good " * 30]

_GLUE = """
don't isn't o'brien l'avventura qu'il u.s.a. 8/10 3.5 10,000 :) :-( (: 8-) >:( <3 ¯\\_(ツ)_/¯ www.a.com/b. http://x.y/z?q
<br /> <BR/> </i > “ ” ‘n’ İ Σας ΑΣ é e\u0301 한국 \u1112\u1161\u11ab 日本語 ไทย 👍🏽 👨\u200d👩\u200d👧 🇩🇪 1️⃣ *** f**k
f***ing !!!!!!!! ... -- क्षि می\u200cخواهم ǅ ß ﬁ a\u0323\u0307 Ω Å 'tis rock'n'roll can't've n't N'T n'tx it's its' 's
_ ^_^ -_- \\o/ t_t o_o =p :d :dog x:3 ½ ² ① \u0300 \u0300\u0301a <p </em <strong> &amp; a.b.c a.b.cd .5 1. 1st 1980s
10:30 http:// www. #1
"""
_INVISIBLE = ("\u00a0", "\u0085", "\ufeff", "\u200d", "\u200b", "\ud800", "\U000e0061", "\t", "\n", "\u2028")
FRAGMENTS = (*_GLUE.split(), *_INVISIBLE)


def hostile_texts(many: int, seed: int = 0) -> list[str]:
    """Texts of fragments on which tokenizers fail, and texts of any assigned characters."""
    chance = random.Random(seed)
    glued = [
        "".join(chance.choice(FRAGMENTS) + chance.choice(["", " "]) for _ in range(chance.randint(1, 14)))
        for _ in range(many)
    ]
    return glued + ["".join(_character(chance) for _ in range(chance.randint(1, 30))) for _ in range(many)]


def _character(chance: random.Random) -> str:
    while True:
        ranges = [(0, 0x7F), (0, 0x2FFF), (0, 0xD7FF), (0x1F000, 0x1FAFF)]
        character = chr(chance.randint(*chance.choice(ranges)))
        # What a character is, is asked of two libraries of different age: only what both may know is compared.
        if unicodedata.ucd_3_2_0.category(character) != "Cn" or "\U0001f600" <= character <= "\U0001f64f":
            return character


def make_predictor(
    labels: tuple[Any, ...] = ("neg", "pos"),
    text: TextConfig | None = None,
    blend: BlendConfig | None = None,
    metrics: dict[str, Any] | None = None,
    **network: Any,
) -> Predictor:
    """A model with random weights; any option of the network may be given."""
    shape = NetworkConfig(len(WORDS), len(labels), **{"embedding_size": 5, "hidden_size": 6, **network})
    chance = np.random.default_rng(1)
    tensors = {name: chance.normal(0, 0.8, size).astype(np.float32) for name, size in shape.tensor_shapes().items()}
    rival = None
    if blend is not None:
        texts = [chance.choice(WORDS[1:], 9).tolist() for _ in range(90)]
        keys = np.unique(hashed_ngrams(texts)[0])
        rows = 1 if len(labels) == 2 else len(labels)
        weights, bias = chance.normal(0, 0.5, (rows, len(keys))).astype(np.float16), np.full(rows, 0.25, np.float32)
        rival = NBSVM(keys, weights, bias).to_tensors()
    config = ModelConfig(shape, text or TextConfig(), labels, 1.4, "gatewise", blend)
    return Predictor(StoredModel(config, tensors, WordTokenizer(WORDS).to_json(), rival, metrics or {}))


SHARE = BlendConfig(0.4, 1.5, 2.5)
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "blended": {"blend": SHARE},
    "three classes": {"labels": ("a", "b", "c"), "blend": SHARE},
    "softmax": {"softmax": True, "blend": SHARE},
    "ordinal": {"labels": (1, 2, 3, 5), "ordinal": True, "blend": SHARE},
    "two layers": {"layers": 2, "recurrent_bias": False, "pooling": "mean"},
    "framed": {"text": TextConfig(before="a film", after=". not")},
    "head": {"text": TextConfig(3, "head"), "blend": SHARE},
    "head+tail": {"text": TextConfig(5, "head+tail", after="."), "pooling": "last", "blend": SHARE},
    "tail": {"text": TextConfig(4, "tail"), "pooling": "max"},
}
