// What a word is: the rules of gatewise/text/rules.py, which see for the reasons. tests/browser compares the two.
"use strict";
(function (gatewise) {
  const LETTER = "(?:(?![\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}" +
    "\\p{Script=Khmer}\\p{Script=Myanmar}])\\p{L})";
  const INSIDE = `(?:${LETTER}|[\\p{M}\\p{Nd}\\u200C\\u200D])`;
  const NO_LETTER_BEFORE = "(?<![\\p{L}\\p{N}'])";
  const NOTHING_AFTER = "(?![\\p{L}\\p{N}])";

  // JavaScript has no possessive quantifiers. A look-ahead gives nothing back either: match ahead, then take that.
  let groups = 0;
  function atomic(pattern) {
    groups += 1;
    return `(?=(?<a${groups}>${pattern}))\\k<a${groups}>`;
  }

  const number = () => atomic(`\\p{Nd}+(?:[.,:]${atomic("\\p{Nd}+")})*`);
  const picture = () => atomic("\\p{Extended_Pictographic}[\\uFE0E\\uFE0F\\u{1F3FB}-\\u{1F3FF}]?[\\u{E0020}-\\u{E007F}]*");
  const notNegation = "(?!n't(?!\\p{L}))";
  const inside = () => atomic(`(?:${notNegation}${INSIDE})*`);
  const ending = "(?:s|m|d|t|re|ve|ll)(?![\\p{L}\\p{N}])";

  const ALTERNATIVES = [
    // web addresses
    `(?:https?://|(?<![\\p{L}\\p{N}])www\\.)[^\\p{White_Space}<>"]*[^\\p{White_Space}<>"\\p{P}]/?`,
    // :) :-( ;d :'( =p 8-) (: and the like
    `[:;=]'?[\\-o^~]?[)(\\]\\[|\\\\*@]${NOTHING_AFTER}`,
    `[:;=]'?[\\-o^~]?/(?!/)${NOTHING_AFTER}`,
    `${NO_LETTER_BEFORE}[:;=]'?-?[dpox3]${NOTHING_AFTER}`,
    `${NO_LETTER_BEFORE}(?:8-[)(]|\\(-?:|>:-?[)(]|o_o|t_t)${NOTHING_AFTER}`,
    "</?3(?!\\p{N})|\\^_*\\^|-_+-|>_<|\\\\o/|¯\\\\_\\(ツ\\)_/¯",
    // emoji: flags, keycaps, pictures
    "[\\u{1F1E6}-\\u{1F1FF}]{2}",
    "[0-9#*]\\uFE0F?\\u20E3",
    `${picture()}${atomic(`(?:\\u200D${picture()})*`)}`,
    // 3.5  10,000  8/10  1980s
    `${number()}(?:/${number()})?${atomic(`(?:${INSIDE})*`)}`,
    // can|n't, it|'s; l'|avventura; u.s.a.
    "n't(?!\\p{L})",
    `(?<=[\\p{L}\\p{N}])'${ending}`,
    `${NO_LETTER_BEFORE}(?:[cdjlmnst]|qu)'(?=\\p{L})`,
    `${NO_LETTER_BEFORE}\\p{L}${atomic("(?:\\.\\p{L}(?!\\p{L}))+")}\\.?`,
    // a word
    `${LETTER}${inside()}${atomic(`(?:(?:'(?!${ending})|${atomic("\\*+")})${notNegation}${LETTER}${inside()})*`)}`,
    // scripts without spaces between words
    `\\p{L}${atomic("\\p{M}*")}`,
    // punctuation and symbols, in pieces of at most three
    "(?<mark>[\\p{P}\\p{S}])\\k<mark>{0,2}",
    // whatever else can be seen
    "\\p{M}+",
    "[^\\p{White_Space}\\p{Z}\\p{Cc}\\p{Cf}]",
  ];
  const PATTERN = new RegExp(ALTERNATIVES.join("|"), "gu");

  const SURROGATE_ALONE = /[\uD800-\uDFFF]/gu;
  // What NFC can merge into the character before it: a mark, or a Hangul vowel or final consonant.
  const COMPOSABLE = /[\p{M}\u1160-\u11FF]/u;
  const PLAIN = { "‘": "'", "’": "'", "‛": "'", "`": "'", "´": "'", "＇": "'",
    "“": '"', "”": '"', "‟": '"', "„": '"', "«": '"', "»": '"', "＂": '"' };
  const TAG = /<\/?(?:br|hr|p|i|b|u|em|strong)(?=(?<space>\p{White_Space}*))\k<space>\/?>/gu;

  /** Composed form, lower case, plain quotes; with the place in `text` where each unit of it begins and ends. */
  function normalized(text) {
    const parts = [], starts = [], ends = [];
    const add = (string, start, end) => {
      parts.push(string);
      for (let k = 0; k < string.length; k++) { starts.push(start); ends.push(end); }
    };
    for (const [cluster, begin] of clusters(text)) {
      const composed = [...cluster.normalize("NFC")], given = [...cluster];
      let at = begin;
      composed.forEach((character, k) => {
        const own = given[Math.min(k, given.length - 1)].length;
        const end = k === composed.length - 1 ? begin + cluster.length : at + own;
        // Character by character, as the Python side does: a final sigma stays a sigma.
        add(PLAIN[character] ?? character.toLowerCase(), at, end);
        if (k < given.length - 1) at += own;
      });
    }
    return { string: parts.join(""), starts, ends };
  }

  /** Each character with what may be composed into it. */
  function* clusters(text) {
    let cluster = "", begin = 0, at = 0;
    for (const character of text) {
      if (cluster && !(character > "\u02FF" && COMPOSABLE.test(character))) {
        yield [cluster, begin];
        cluster = ""; begin = at;
      }
      cluster += character;
      at += character.length;
    }
    if (cluster) yield [cluster, begin];
  }

  /**
   * The words of a text.
   * @param {string} given - any string; a lone surrogate counts as U+FFFD.
   * @returns {{word: string, start: number, end: number}[]} places are those of JavaScript, in UTF-16 units.
   */
  gatewise.tokenize = function (given) {
    const { string, starts, ends } = normalized(given.replace(SURROGATE_ALONE, "\uFFFD"));
    // A tag becomes a space; spaces as long as the tag keep all places, and no rule counts white space.
    const plain = string.replace(TAG, (tag) => " ".repeat(tag.length));
    return Array.from(plain.matchAll(PATTERN), (match) => ({
      word: match[0],
      start: starts[match.index],
      end: ends[match.index + match[0].length - 1],
    }));
  };
})((globalThis.gatewise ??= {}));
