"""Checks on networks: the packaged model, and small ones trained on invented texts for a second."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from gatewise.models.classifier import Classifier
from gatewise.ops.checks import Floats
from gatewise.ops.lstm import pack_lstm
from gatewise.store.config import NetworkConfig
from gatewise.store.folder import StoredModel, read_model
from gatewise.store.locate import find_model
from gatewise.studies.courses.item import Shown
from gatewise.text.hashed import HashedTokenizer
from gatewise.text.keras import KerasTokenizer
from gatewise.text.tokenizer import tokenizer_from_json
from gatewise.train.objective import cross_entropy
from gatewise.train.recipe import Recipe

Ids = npt.NDArray[np.int64]

SENTENCES = (
    "An old sailor tells the story of his life, and for two hours nobody in the hall so much as coughed.",
    "The script is thin, the jokes are older than the actors, and the ending comes an hour too late.",
    "I did not expect to like it. The first act drags, but then it becomes one of the best films of the year!",
    "Not bad at all; the music alone is worth the ticket, although the plot makes no sense.",
)
_WORDS = 500  # Of the invented texts; the vocabulary may be larger.


def config_of(recipe: Recipe) -> NetworkConfig:
    """The network of a recipe that reads reviews of two classes."""
    return NetworkConfig(
        recipe.max_words,
        2,
        network=recipe.network,
        embedding_size=recipe.embedding_size,
        hidden_size=recipe.hidden_size,
        pooling=recipe.pooling,
        recurrent_bias=recipe.recurrent_bias,
    )


def counts(recipe_name: str) -> tuple[int, int, int]:
    """Parameters of the embedding, the encoder and the head."""
    shapes = config_of(Recipe.load(recipe_name)).tensor_shapes()
    parts = ("embedding.", "encoder.", "head.")
    embedding, encoder, head = (
        sum(math.prod(shape) for name, shape in shapes.items() if name.startswith(part)) for part in parts
    )
    return embedding, encoder, head


def lstm_parameters() -> Shown:
    """4 (m² + mn + m)."""
    _, encoder, _ = counts("reproduce-b")
    return Shown(encoder == 53_200 == 4 * (100**2 + 100 * 32 + 100), f"an LSTM of 100 over 32 has {encoder:,}")


def embedding_parameters() -> Shown:
    """Vocabulary × n."""
    embedding, _, _ = counts("reproduce-b")
    return Shown(embedding == 160_000 == 5_000 * 32, f"an embedding of 5,000 words in 32 has {embedding:,}")


def all_parameters() -> Shown:
    """75,000 + 1,040 + 11."""
    parts = counts("reproduce-a")
    return Shown(parts == (75_000, 1_040, 11), f"{' + '.join(f'{part:,}' for part in parts)} = {sum(parts):,}")


@dataclass(frozen=True)
class _Trained:
    """A network trained on invented texts: its word vectors before and after, words it read, and its accuracies."""

    before: Floats
    after: Floats
    read: Ids
    train_accuracy: float
    fresh_accuracy: float


def _train(recipe: Recipe, *, texts: int, steps: int, rate: float, length: int = 12, seed: int = 0) -> _Trained:
    """Adam on texts of random words with random labels, and as many fresh ones to be tested on."""
    draw = np.random.default_rng(seed)
    # Modules draw weights when they are made, before the seed sets them: not from the generator of the whole process.
    with torch.random.fork_rng(devices=[]):
        net = Classifier(config_of(recipe), embedding_range=recipe.embedding_range, seed=seed)
    before = net.embedding.weight.detach().numpy().copy()
    ids, fresh = draw.integers(4, _WORDS, (2, texts * length))
    labels, other = draw.integers(0, 2, (2, texts))
    offsets, targets = torch.arange(0, texts * length + 1, length), torch.tensor(labels)
    adam = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(steps):
        adam.zero_grad()
        cross_entropy(net(torch.tensor(ids), offsets), targets).mean().backward()  # type: ignore[no-untyped-call]
        adam.step()
    with torch.no_grad():
        said = [(net(torch.tensor(rows), offsets)[:, 0] > 0).numpy() for rows in (ids, fresh)]
    return _Trained(
        before,
        net.embedding.weight.detach().numpy().copy(),
        np.unique(ids),
        float((said[0] == labels).mean()),
        float((said[1] == other).mean()),
    )


def word_vectors() -> Shown:
    """They begin uniform within ±0.05 and are learnt."""
    recipe = Recipe.load("reproduce-a")
    found = _train(recipe, texts=32, steps=20, rate=recipe.learning_rate)
    bound, sd = float(np.abs(found.before).max()), float(found.before.std())
    moved = np.abs(found.after - found.before).max(axis=1)
    unread = np.setdiff1d(np.arange(len(moved)), found.read)
    uniform = recipe.embedding_range / math.sqrt(3)
    is_uniform = bound <= recipe.embedding_range and abs(sd - uniform) < 3e-4
    return Shown(
        is_uniform and bool(moved[found.read].min() > 0) and not moved[unread].any(),
        f"they begin within ±{recipe.embedding_range:g} with standard deviation {sd:.4f} (uniform: {uniform:.4f}); 20 "
        "steps of training move the vector of every word read and of no other",
    )


def hyperparameters() -> Shown:
    """What training changes is a parameter."""
    recipe = Recipe.load("reproduce-b")
    found = _train(recipe, texts=8, steps=2, rate=recipe.learning_rate)
    moved = int((found.after != found.before).sum())
    return Shown(
        found.before.size == 160_000 and moved == recipe.embedding_size * len(found.read),
        f"two steps of training change those of the {found.before.size:,} that stand for a word read; the entries of "
        "the recipe, which are chosen beforehand, stay as they are",
    )


def random_labels() -> float:
    """Accuracy on fresh texts of a network that has learnt texts with random labels by heart; -1 if it has not."""
    recipe = Recipe.load("reproduce-a").with_options(hidden_size=32)
    found = _train(recipe, texts=200, steps=60, rate=0.02)
    return found.fresh_accuracy if found.train_accuracy == 1 else -1.0


def biases() -> Shown:
    """Of the packaged model, against where they began."""
    tensors, units = _packaged().tensors, _packaged().config.network.hidden_size
    began = np.zeros(4 * units)
    began[units : 2 * units] = 1.0  # Forget gates begin open.
    moved = tensors["encoder.bias_ih_l0"] - began
    changed = int((moved != 0).sum())
    return Shown(
        changed == len(moved),
        f"all {changed:,} of the packaged model have left the 0 or 1 they began with, by {np.abs(moved).mean():.3f} in "
        "the mean",
    )


def gate_values() -> Shown:
    """Of the packaged model on a few sentences."""
    model = _packaged()
    tensors = {name: tensor.astype(np.float64) for name, tensor in model.tensors.items()}
    batch = tokenizer_from_json(model.tokenizer).encode_batch(SENTENCES)
    weight_ih, weight_hh, bias = (tensors[f"encoder.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih"))
    lstm = pack_lstm(weight_ih, weight_hh, bias, None)
    gates = lstm.forward(tensors["embedding.weight"][batch.ids], batch.offsets, record=True).gates
    assert gates is not None
    i, f, _, o = np.split(gates, 4, axis=1)
    near = {name: float(((gate < 0.01) | (gate > 0.99)).mean()) for name, gate in (("i", i), ("f", f), ("o", o))}
    values = np.concatenate([i, f, o])
    told = ", ".join(f"{name} {share:.1%}" for name, share in near.items())
    return Shown(
        max(near.values()) < 0.5 and bool(values.min() > 0) and bool(values.max() < 1),
        f"on {len(SENTENCES)} sentences, {len(batch.ids)} words, the packaged model's gates lie within 0.01 of 0 or 1 "
        f"in {told} of all values; they reach from {values.min():.3f} to {values.max():.3f}",
    )


def padded_length() -> Shown:
    """300 is counted in words."""
    words = [f"word{number}" for number in range(400)]
    text = " ".join(words)
    ids = KerasTokenizer(words, maxlen=300).encode(text).ids
    kept = " ".join(words[100:])
    return Shown(
        len(ids) == 300 and bool((ids > 3).sum() > 290),
        f"of a text of 400 words and {len(text):,} characters 300 words are kept, {len(kept):,} characters",
    )


def one_hot() -> Shown:
    """A one-hot vector times a matrix is a row of it; Keras's `one_hot` gives hashed numbers instead."""
    matrix = np.random.default_rng(0).normal(size=(7, 3))
    is_row = all(np.array_equal(np.eye(7)[place] @ matrix, matrix[place]) for place in range(7))
    words = [word for word in tokenizer_from_json(_packaged().tokenizer).vocabulary if word.isalpha()][:5000]
    numbers = [HashedTokenizer(5000).id_of(word) for word in words]
    _, places, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    shared = float((sizes[places] > 1).mean())
    return Shown(
        is_row and shared > 0.5,
        f"one-hot vectors times a matrix are its rows exactly; hashed to 5,000 numbers, {shared:.0%} of the 5,000 most "
        "frequent words share theirs with another word",
    )


def _packaged() -> StoredModel:
    return read_model(find_model("imdb"), parts=())
