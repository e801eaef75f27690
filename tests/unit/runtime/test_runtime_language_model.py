"""An encoder says what comes next, writes texts and judges them; it never says <unk>."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.language_model import LanguageModel
from gatewise.runtime.sampling import Sampling
from gatewise.store.encoder import write_encoder
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import WordTokenizer
from tiny_encoder import WORDS, make_encoder

# float32 logits whose sums may be rounded otherwise.
CLOSE = 1e-6


def model(seed: int = 0, **shape: Any) -> LanguageModel:
    return LanguageModel(make_encoder(seed, **shape))


def sure_of(word: str) -> LanguageModel:
    """A model that holds `word` for almost certain, whatever was read."""
    encoder = make_encoder()
    encoder.tensors["forward.output.bias"][WORDS.index(word)] = 50
    return LanguageModel(encoder)


def written(language_model: LanguageModel, prompt: str = "The film", **options: Any) -> str:
    return "".join(word.text for word in language_model.generate(prompt, **options))


def test_next_words_are_the_likeliest_in_their_order_with_their_probabilities() -> None:
    language_model = model(1)
    found = language_model.next_words("The film is", count=len(WORDS))
    reader, ids = language_model.reader(), language_model.tokenizer.encode("The film is").ids.tolist()
    states = reader.start()
    for id in ids:
        hidden = reader.push(states, id)
    probabilities = np.exp(reader.log_probabilities(hidden)[0])
    assert dict(found.words) == pytest.approx(dict(zip(WORDS[1:], probabilities[1:], strict=True)))
    assert [p for _, p in found.words] == sorted((p for _, p in found.words), reverse=True)
    assert found.unknown == pytest.approx(probabilities[0])
    assert math.fsum([found.unknown, *(p for _, p in found.words)]) == pytest.approx(1, abs=1e-12)
    assert language_model.next_words("The film is", count=3).words == found.words[:3]


def test_all_that_was_read_counts_and_in_its_order() -> None:
    language_model = model(1)
    answers = [language_model.next_words(text).words for text in ("the film is", "film the is", "is", "the film is")]
    assert answers[0] != answers[1]
    assert answers[0] != answers[2]
    assert answers[0] == answers[3]


def test_unk_is_never_proposed_and_its_probability_is_told() -> None:
    found = sure_of("<unk>").next_words("the clouds", count=99)
    assert len(found.words) == len(WORDS) - 1
    assert "<unk>" not in dict(found.words)
    assert found.unknown > 0.99


def test_words_outside_the_vocabulary_are_named() -> None:
    assert model().next_words("The Gatewise film of clouds").not_known == ["gatewise", "of"]


def test_of_equally_likely_words_the_commoner_comes_first() -> None:
    encoder = make_encoder()
    for name in ("projection.weight", "projection.bias", "output.bias"):
        encoder.tensors[f"forward.{name}"][:] = 0
    found = LanguageModel(encoder).next_words("film", count=4)
    assert [word for word, _ in found.words] == WORDS[1:5]


@pytest.mark.parametrize("text", ["", "  \n", "\u200b"])
def test_a_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="no word in the text"):
        model().next_words(text)
    with pytest.raises(ParameterError, match="no word in the text"):
        model().generate(text)


def test_the_same_seed_writes_the_same_and_another_seed_another_text() -> None:
    language_model = model(2)
    even = Sampling(temperature=5.0, top_p=1.0)  # These random weights are sure of themselves.
    texts = [written(language_model, seed=seed, words=40, sampling=even) for seed in (0, 0, 1)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
    assert written(model(2), seed=0, words=40, sampling=even) == texts[0]


def test_a_longer_text_begins_with_the_shorter_one() -> None:
    assert written(model(2), words=50).startswith(written(model(2), words=20))


def test_at_temperature_zero_each_word_is_the_likeliest() -> None:
    language_model, text = model(3), "the film"
    for word in language_model.generate(text, words=12, sampling=Sampling(temperature=0.0)):
        found = language_model.next_words(text)
        (likeliest, probability) = found.words[0]
        assert (word.word, word.probability) == (likeliest, pytest.approx(probability, rel=CLOSE))
        assert word.unknown == pytest.approx(found.unknown, rel=CLOSE)
        text += f" {word.word}"


def test_unk_is_never_written() -> None:
    words = list(sure_of("<unk>").generate("the", words=100, sampling=Sampling(temperature=1.0, top_p=1.0)))
    assert "<unk>" not in {word.word for word in words}
    assert min(word.unknown for word in words) > 0.99


def test_what_is_written_reads_well() -> None:
    assert written(sure_of("n't"), "the film is", words=1) == "n't"
    assert written(sure_of("."), words=1) == "."
    assert written(sure_of("good"), words=2) == " good good"
    assert written(sure_of('"'), 'is "good', words=1) == '"'
    assert written(sure_of('"'), "is good", words=1) == ' "'


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    endless = model().generate("the", words=1_000_000)
    assert next(endless).text


@pytest.mark.parametrize("words", [0, -1, 1_000_001, 2.0, True])
def test_an_impossible_number_of_words_is_refused_at_once(words: Any) -> None:
    with pytest.raises(ParameterError, match=r"words=.* is not a whole number from 1 to 1000000"):
        model().generate("the", words=words)
    with pytest.raises(ParameterError, match="count"):
        model().next_words("the", count=words if words < 1 or type(words) is not int else 0)


def test_an_encoder_that_reads_backwards_only_cannot_do_either_and_says_so() -> None:
    backward = model(directions="backward")
    for ask in (backward.next_words, backward.generate):
        with pytest.raises(ModelError, match="no forward reader: it reads backward") as caught:
            ask("the film")
        assert "--direction forward" in str(caught.value.hint)
    assert backward.perplexity(["the film is good"], direction="backward") > 1


def test_an_encoder_without_words_cannot_write() -> None:
    encoder = make_encoder()
    for name in ("embedding.weight", "output.bias"):
        encoder.tensors[f"forward.{name}"] = encoder.tensors[f"forward.{name}"][:1]
    encoder.config = type(encoder.config)(1, embedding_size=4, hidden_size=6)
    encoder.tokenizer = WordTokenizer(["<unk>"]).to_json()
    with pytest.raises(ModelError, match="knows no word"):
        LanguageModel(encoder).generate("the")
    assert LanguageModel(encoder).next_words("the").words == []


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_perplexity_is_that_of_all_words_but_the_first_read(direction: Any) -> None:
    language_model = model(4, directions="both")
    texts = ["The film is good.", "bad", "", "clouds, sky, clouds!", "the"]
    batch = language_model.tokenizer.encode_batch(texts)
    loss = -language_model.reader(direction).log_likelihood(batch) / (4 + 5)
    assert language_model.perplexity(texts, direction=direction) == pytest.approx(math.exp(loss), rel=CLOSE)


def test_perplexity_of_many_batches_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    language_model = model(5)
    texts = ["the film is good . " * times for times in (1, 7, 2, 3, 1)]
    whole = language_model.perplexity(texts)
    language_model.reader().token_budget = 10
    assert language_model.perplexity(texts) == pytest.approx(whole, rel=CLOSE)


def test_of_a_model_that_knows_nothing_the_perplexity_is_the_vocabulary() -> None:
    encoder = make_encoder()
    for array in encoder.tensors.values():
        array[:] = 0
    assert LanguageModel(encoder).perplexity(["the film is good"]) == pytest.approx(len(WORDS))


@pytest.mark.parametrize("texts", [[], [""], ["film"], ["film", "."]])
def test_texts_without_a_word_to_tell_are_refused(texts: list[str]) -> None:
    with pytest.raises(ParameterError, match="no text has two words"):
        model().perplexity(texts)


def test_one_text_instead_of_several_is_refused() -> None:
    with pytest.raises(ParameterError, match="wanted several texts"):
        model().perplexity("the film")


def test_an_encoder_is_loaded_from_its_folder(tmp_path: Path) -> None:
    encoder = make_encoder(6)
    write_encoder(tmp_path, encoder, "card")
    assert LanguageModel.load(tmp_path).next_words("film") == LanguageModel(encoder).next_words("film")


def test_a_long_prompt_is_read_to_its_end() -> None:
    language_model = model(7)
    reader, ids = language_model.reader(), language_model.tokenizer.encode("film is good . " * 300).ids
    first = language_model.next_words("film is good . " * 300).words[0]
    states = reader.start()
    for id in ids.tolist():
        hidden = reader.push(states, id)
    assert first[1] == pytest.approx(float(np.exp(reader.log_probabilities(hidden)[0, 1:].max())))
    assert reader.log_likelihood(Ragged.from_lists([ids])) < 0
