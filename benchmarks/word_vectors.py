"""An encoder folder whose word vectors are skip-gram vectors of the reviews, and whose LSTM is new.

What language-model pre-training is worth above word vectors alone shows beside a classifier that begins with these
(`word-vectors` in ladder.py). Read are the documents of ``gatewise pretrain imdb``: the labelled training reviews and
the unlabelled ones, without the copies of test reviews. The vocabulary is counted as there, on all of them; rarer words
are read as the unknown one. The vectors are scaled to the spread that new word vectors have in the default recipe: its
noise and its rates are made for that.

Needs gensim, which nothing else in this project does: ``pip install gensim`` (4.4 has wheels for Python 3.11).
With one thread the same seed gives the same vectors.

Reference: Mikolov et al. (2013), arXiv:1310.4546.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from gatewise.data.documents import Documents
from gatewise.errors import GatewiseError
from gatewise.models.language_model import LanguageModel, LanguageModelConfig
from gatewise.store.encoder import EncoderConfig, StoredEncoder, write_encoder
from gatewise.store.encoder_card import encoder_card
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train.pretrain.recipe import PretrainRecipe
from gatewise.train.recipe import Recipe

Vectors = npt.NDArray[np.float32]


class Sentences:
    """Documents as lists of known words, read anew by every iteration; gensim wants strings.

    Args:
        tokens: The documents.
        words: The words by id.
        longest: Words of a piece; longer documents are cut into pieces.
    """

    def __init__(self, tokens: Ragged, words: list[str], longest: int) -> None:
        self.tokens, self.words, self.longest = tokens, words, longest

    def __iter__(self) -> Iterator[list[str]]:
        for number in range(len(self.tokens)):
            ids = self.tokens[number].tolist()
            for begin in range(0, len(ids), self.longest):
                yield [self.words[id] for id in ids[begin : begin + self.longest]]


def skip_gram(sentences: Sentences, size: int, *, seed: int, epochs: int, threads: int) -> Any:
    """gensim's model: window 5, 5 negatives, frequent words thinned out at 1e-4."""
    try:
        from gensim.models import Word2Vec
    except ImportError:
        sys.exit("gensim is not installed, and this benchmark alone needs it: pip install gensim")
    return Word2Vec(
        sentences,
        vector_size=size,
        sg=1,
        window=5,
        negative=5,
        sample=1e-4,
        min_count=1,  # the vocabulary is chosen already
        epochs=epochs,
        seed=seed,
        workers=threads,
    )


def scaled(vectors: Vectors, reach: float) -> Vectors:
    """Centred, and with the standard deviation of numbers uniform within plus and minus `reach`."""
    centred = vectors - vectors.mean(axis=0)
    return (centred * (reach / np.sqrt(3.0) / centred.std())).astype(np.float32)


def make_encoder(tokenizer: WordTokenizer, vectors: Vectors, hidden_size: int, seed: int) -> StoredEncoder:
    """An encoder of these vectors ``[V, E]``; all else is as a language model begins."""
    count, size = vectors.shape
    model = LanguageModel(LanguageModelConfig(count, size, hidden_size, is_tied=True), seed=seed)
    with torch.no_grad():
        model.embedding.weight.copy_(torch.from_numpy(vectors))
    tensors = {f"forward.{name}": tensor.numpy() for name, tensor in model.state_dict().items()}
    tensors["forward.output.bias"] = tensors.pop("forward.bias")
    return StoredEncoder(EncoderConfig(count, size, hidden_size), tensors, tokenizer.to_json())


def main() -> None:
    """Train the vectors and write the encoder."""
    default, words = Recipe(), PretrainRecipe()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", nargs="?", default="imdb", help="as gatewise pretrain takes them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--embedding-size", type=int, default=default.embedding_size)
    parser.add_argument("--hidden-size", type=int, default=default.hidden_size)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--trial", type=int, metavar="DOCUMENTS", help="so many only, to see that it runs")
    chosen = parser.parse_args()
    texts = list(islice(Documents(chosen.texts), chosen.trial))
    tokenizer = WordTokenizer.train(texts, max_words=words.max_words, min_count=words.min_count)
    sentences = Sentences(tokenizer.encode_batch(texts), tokenizer.vocabulary, words.longest)
    options = {"seed": chosen.seed, "epochs": chosen.epochs, "threads": chosen.threads}
    found = skip_gram(sentences, chosen.embedding_size, **options)
    # The unknown word is missing where every word is known.
    rows = [found.wv[word] if word in found.wv else np.zeros(chosen.embedding_size) for word in tokenizer.vocabulary]
    vectors = scaled(np.array(rows, dtype=np.float32), default.embedding_range)
    encoder = make_encoder(tokenizer, vectors, chosen.hidden_size, chosen.seed)
    encoder.metrics = {"training": {"vectors": "skip-gram", "documents": len(texts), **options}}
    write_encoder(
        chosen.out, encoder, encoder_card(encoder.config, encoder.metrics, name="Word vectors, no language model")
    )
    print(f"encoder written to {chosen.out}: {len(vectors):,} words of {len(texts):,} documents")


if __name__ == "__main__":
    try:
        main()
    except GatewiseError as problem:
        sys.exit(str(problem))
