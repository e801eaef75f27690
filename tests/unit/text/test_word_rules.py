"""What counts as a word, on cases from real reviews."""

from __future__ import annotations

import time

import pytest

from gatewise.text.tokenizer import WordTokenizer

CASES = {
    # contractions
    "Don't": "do n't",
    "can't CANNOT won't": "ca n't cannot wo n't",
    "It's we'll they've you're I'm he'd": "it 's we 'll they 've you 're i 'm he 'd",
    "shouldn't've": "should n't 've",
    "isn't'": "is n't '",
    "don’t ‘quite’ “see”": "do n't ' quite ' \" see \"",
    "O'Brien o'clock y'all rock'n'roll": "o'brien o'clock y'all rock'n'roll",
    "L'Avventura d'Artagnan": "l' avventura d' artagnan",
    "James' dancin' 'til": "james ' dancin ' ' til",
    "the movie's best": "the movie 's best",
    # HTML
    "good!<br /><br />Bad": "good ! bad",
    "one<br>two<BR/>three": "one two three",
    "an <i>utter</i> <b>mess</b>": "an utter mess",
    "a < b <a href=x>": "a < b < a href = x >",
    # numbers
    "8/10 3.5/5 10/10!": "8/10 3.5/5 10/10 !",
    "3.5 stars, 10,000 fans": "3.5 stars , 10,000 fans",
    "the 1980s, 90's, 1st, mp3, h2o": "the 1980s , 90 's , 1st , mp3 , h2o",
    "50% off, $5.": "50 % off , $ 5 .",
    "at 10:30.": "at 10:30 .",
    # hyphens and dots
    "well-made": "well - made",
    "yes -- no—never": "yes -- no — never",
    "U.S.A. vs. the U.K.": "u.s.a. vs . the u.k.",
    "i.e. this, e.g. that": "i.e. this , e.g. that",
    "Mr. Smith.": "mr . smith .",
    "end.Start": "end . start",
    # runs
    "What?! Great!!!!! Hmm.... ok...": "what ? ! great !!! !! hmm ... . ok ...",
    "*****": "*** **",
    "f**k this sh*t, *really*": "f**k this sh*t , * really *",
    "_not_": "_ not _",
    # emoticons
    ":-) :) :( ;D :/ :P =) :'( <3 </3": ":-) :) :( ;d :/ :p =) :'( <3 </3",
    "loved it:) hated it :-((": "loved it :) hated it :-( (",
    "^_^ -_- o_O >_< \\o/ (: XD": "^_^ -_- o_o >_< \\o/ (: xd",
    "¯\\_(ツ)_/¯": "¯\\_(ツ)_/¯",
    "acting:(8/10) note:Dog file://x": "acting : ( 8/10 ) note : dog file : // x",
    "(note): ok": "( note ) : ok",
    # emoji
    "👍👍🏽": "👍 👍🏽",
    "👨‍👩‍👧‍👦🏳️‍🌈": "👨‍👩‍👧‍👦 🏳️‍🌈",
    "🇩🇪🇫🇷🇯": "🇩🇪 🇫🇷 🇯",
    "❤️ ❤ 1️⃣": "❤️ ❤ 1️⃣",
    "great😂😂!": "great 😂 😂 !",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿": "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    # accents and scripts
    "Café NAÏVE cafe\u0301 Amélie": "café naïve café amélie",
    "漢字かな": "漢 字 か な",
    "ไทย": "ไ ท ย",
    "हिन्दी привет": "हिन्दी привет",
    "نمی\u200cشود": "نمی\u200cشود",
    # addresses
    "see http://x.com/a?b=1. (www.imdb.com)": "see http://x.com/a?b=1 . ( www.imdb.com )",
    "me@x.com #fail": "me @ x . com # fail",
    # nothing to see
    "": "",
    " \t\r\n\u3000\u00a0": "",
    "\x00\x07\u200b\ufeff": "",
    "\ud83d": "\ufffd",
    "<unk>": "< unk >",
}


@pytest.fixture(scope="module")
def splitter() -> WordTokenizer:
    return WordTokenizer(["<unk>"])


@pytest.mark.parametrize("text", CASES)
def test_text_splits_into_the_words_listed(splitter: WordTokenizer, text: str) -> None:
    assert splitter.words(text) == CASES[text].split()
    assert splitter.encode(text).words == CASES[text].split()


# Each of these makes some pattern of the rules fail as late as it can; quadratic time would take hours.
HOSTILE = [
    *["a", "a'", "n't", "!", "'", "1,", "1/", "a.", "a*", "<br", "<br ", "http://", "^_", "-_", ":-"],
    *["👨\u200d", "e\u0301", "\u0301"],
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_repetition_takes_time_in_proportion_to_its_length(splitter: WordTokenizer, piece: str) -> None:
    def seconds(characters: int) -> float:
        text = piece * (characters // len(piece))
        tries = []
        # The fastest of three: another process can make any single one several times as long.
        for _ in range(3):
            begin = time.process_time()
            splitter.words(text)
            tries.append(time.process_time() - begin)
        return min(tries)

    # Four times the text: linear time is 4 times as long, quadratic 16 times; the floor absorbs timer noise.
    assert seconds(100_000) < 10 * max(seconds(25_000), 0.02)
