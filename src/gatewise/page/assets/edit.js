// Changing one word of the text.
"use strict";
(function (gatewise) {
  const NEGATIONS = new Set(["not", "n't", "never", "no"]);

  /** The text without a word, and without the space before it. */
  gatewise.withoutWord = function (text, { start, end }) {
    const head = text.slice(0, start), tail = text.slice(end);
    return (/\s$/u.test(head) || !head) ? head.replace(/\s$/u, "") + (head ? tail : tail.replace(/^\s/u, "")) : head + tail;
  };

  /** The text with a word put in the place of another. */
  gatewise.withWord = (text, { start, end }, other) => text.slice(0, start) + other + text.slice(end);

  /** Whether the word before this one is a negation. */
  gatewise.isNegated = (words, k) => k > 0 && NEGATIONS.has(words[k - 1].word);

  /** The text with “not” before a word; a negation that is there is taken away. */
  gatewise.negated = (text, words, k) => gatewise.isNegated(words, k)
    ? gatewise.withoutWord(text, words[k - 1])
    : `${text.slice(0, words[k].start)}not ${text.slice(words[k].start)}`;

  /** The panel under the words. */
  gatewise.Edit = class {
    /** @param {function(string, number)} onEdit - called with the new text and how many words to have read. */
    constructor(onEdit) {
      this.onEdit = onEdit; this.past = [];
      for (const name of ["negate", "delete", "replace", "undo", "other"]) this[`${name}Control`] = gatewise.byId(name);
      this.negateControl.onclick = () => this.change(gatewise.negated(this.text, this.words, this.k),
        this.k + (gatewise.isNegated(this.words, this.k) ? 0 : 2));
      this.deleteControl.onclick = () => this.change(gatewise.withoutWord(this.text, this.words[this.k]), Math.max(1, this.k));
      this.replaceControl.onclick = () => this.replace();
      this.otherControl.onkeydown = (event) => { if (event.key === "Enter") this.replace(); };
      this.undoControl.onclick = () => this.undo();
    }

    replace() {
      const other = this.otherControl.value.trim();
      if (other && this.k !== null) this.change(gatewise.withWord(this.text, this.words[this.k], other), this.k + 1);
    }

    change(text, position) {
      this.past.push({ text: this.text, position: this.k + 1 });
      this.onEdit(text, position);
    }

    undo() {
      const { text, position } = this.past.pop();
      this.onEdit(text, position);
    }

    forget() { this.past = []; }

    /** Say what is chosen: the word read last. */
    show(text, reading, position, label) {
      const k = position > 0 ? position - 1 : null, isThere = k !== null;
      Object.assign(this, { text, words: reading.words, k });
      for (const name of ["negate", "delete", "replace", "other"]) this[`${name}Control`].disabled = !isThere;
      this.undoControl.disabled = !this.past.length;
      const said = gatewise.byId("edit-said");
      if (!isThere || k >= reading.count) { said.textContent = "No word is chosen."; return; }
      const { word, id, isKnown } = reading.words[k];
      const [before, after] = [k, k + 1].map((t) => gatewise.percent(reading.probability(t, label)));
      const note = id === null ? " The network does not read it: the text is longer than its limit."
        : isKnown ? "" : " It is not in the network’s vocabulary, which reads it as any unknown word.";
      said.textContent = `${gatewise.quoted(word)} moved ${gatewise.signed(reading.moved(k, label))}: from ${before} to ${after}.${note}`;
      this.negateControl.textContent = gatewise.isNegated(reading.words, k)
        ? `Take ${gatewise.quoted(reading.words[k - 1].word)} away` : "Put “not” before it";
    }
  };
})((globalThis.gatewise ??= {}));
