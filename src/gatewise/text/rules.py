"""What a word is: the normalizer and the splitting pattern, as the JSON of the `tokenizers` library.

Kept as data rather than as library objects, so that a tokenizer.json is the same byte for byte whatever version of the
library is installed, and so that a reader can compare the rules in a file with these instead of trusting a pattern it
found there (a hostile pattern can run for hours).

The text is first put into composed form (NFC), lower-cased, typographic quotes become plain ones, and HTML tags without
attributes (``<br />``, ``<i>``) become a space. Then every match of `PATTERN` is a word and everything between matches
is dropped: white space, control and formatting characters.
"""

from __future__ import annotations

from typing import Any

UNKNOWN = "<unk>"
"""The one special token. It cannot occur as a word: the pattern splits ``<``, ``unk`` and ``>``."""

_LETTER = r"[\p{L}&&[^\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]]"
# Joiners (U+200C, U+200D) are part of the spelling in Persian and Indic scripts.
_INSIDE = rf"(?:{_LETTER}|[\p{{M}}\p{{Nd}}\x{{200C}}\x{{200D}}])"
_NO_LETTER_BEFORE = r"(?<![\p{L}\p{N}'])"
_NOTHING_AFTER = r"(?![\p{L}\p{N}])"
_NUMBER = r"\p{Nd}++(?:[.,:]\p{Nd}++)*+"
_PICTURE = r"\p{Extended_Pictographic}[\x{FE0E}\x{FE0F}\x{1F3FB}-\x{1F3FF}]?+[\x{E0020}-\x{E007F}]*+"

# Tried in this order at every position; possessive (++, *+) wherever giving back characters could not help, so that
# the time stays linear on a million equal characters.
_ALTERNATIVES = (
    # web addresses, without the punctuation that ends the sentence around them
    r"""(?:https?://|(?<![\p{L}\p{N}])www\.)[^\s<>"]*[^\s<>"\p{P}]/?""",
    # :) :-( ;d :'( =p 8-) (: and the like; a letter as mouth only where no word touches it
    rf"[:;=]'?[-o^~]?[)(\]\[|\\*@]{_NOTHING_AFTER}",
    rf"[:;=]'?[-o^~]?/(?!/){_NOTHING_AFTER}",
    rf"{_NO_LETTER_BEFORE}[:;=]'?-?[dpox3]{_NOTHING_AFTER}",
    rf"{_NO_LETTER_BEFORE}(?:8-[)(]|\(-?:|>:-?[)(]|o_o|t_t){_NOTHING_AFTER}",
    r"</?3(?!\p{N})|\^_*\^|-_+-|>_<|\\o/|¯\\_\(ツ\)_/¯",
    # emoji: flags, keycaps, and pictures with skin tone, variation selector, tags or joined by U+200D
    r"[\x{1F1E6}-\x{1F1FF}]{2}",
    r"[0-9#*]\x{FE0F}?\x{20E3}",
    rf"{_PICTURE}(?:\x{{200D}}{_PICTURE})*+",
    # 3.5  10,000  8/10  7.5/10  10:30  1980s  1st
    rf"{_NUMBER}(?:/{_NUMBER})?(?:{_INSIDE})*+",
    # can|n't, it|'s, we|'ll; l'|avventura; u.s.a.
    r"n't(?!\p{L})",
    r"(?<=[\p{L}\p{N}])'(?:s|m|d|t|re|ve|ll)(?![\p{L}\p{N}])",
    rf"{_NO_LETTER_BEFORE}(?:[cdjlmnst]|qu)'(?=\p{{L}})",
    rf"{_NO_LETTER_BEFORE}\p{{L}}(?:\.\p{{L}}(?!\p{{L}}))++\.?",
    # a word: letters, marks and digits; o'brien and f**k stay whole, a negation ends before its n't
    rf"{_LETTER}(?:(?!n't(?!\p{{L}})){_INSIDE})*+"
    rf"(?:(?:'(?!(?:s|m|d|t|re|ve|ll)(?![\p{{L}}\p{{N}}]))|\*++)(?!n't(?!\p{{L}})){_LETTER}"
    rf"(?:(?!n't(?!\p{{L}})){_INSIDE})*+)*+",
    # scripts without spaces between words: one character, with its marks, is one token
    r"\p{L}\p{M}*+",
    # punctuation and symbols: runs in pieces of at most three, so that every run is made of known tokens
    r"([\p{P}\p{S}])\1{0,2}",
    # whatever else can be seen; marks without a letter together
    r"\p{M}++",
    r"[^\s\p{Z}\p{Cc}\p{Cf}]",
)
PATTERN = "|".join(_ALTERNATIVES)

NORMALIZER: dict[str, Any] = {
    "type": "Sequence",
    "normalizers": [
        {"type": "NFC"},
        {"type": "Lowercase"},
        {"type": "Replace", "pattern": {"Regex": "[‘’‛`´＇]"}, "content": "'"},
        {"type": "Replace", "pattern": {"Regex": "[“”„‟«»＂]"}, "content": '"'},
        {"type": "Replace", "pattern": {"Regex": r"</?(?:br|hr|p|i|b|u|em|strong)\s*+/?>"}, "content": " "},
    ],
}
PRE_TOKENIZER: dict[str, Any] = {
    "type": "Split",
    "pattern": {"Regex": PATTERN},
    "behavior": "Removed",
    "invert": True,
}


def tokenizer_document(vocabulary: list[str]) -> dict[str, Any]:
    """The whole tokenizer.json for `vocabulary` (by id, `UNKNOWN` first), as the `tokenizers` library reads it.

    Example:
        >>> tokenizer_document(["<unk>", "good"])["model"]["vocab"]
        {'<unk>': 0, 'good': 1}
    """
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": NORMALIZER,
        "pre_tokenizer": PRE_TOKENIZER,
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate(vocabulary)},
            "unk_token": UNKNOWN,
        },
    }
