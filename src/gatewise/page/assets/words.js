// The text with each word in the colour of what it moved.
"use strict";
(function (gatewise) {
  // Log odds at which a word has its full colour, and from which on it is underlined.
  const FULL = 0.8, CLEAR = 0.1;

  gatewise.Words = class {
    /**
     * @param {HTMLElement} place
     * @param {function(number)} onChoose - called with the number of a word, counted from 0.
     */
    constructor(place, onChoose) {
      Object.assign(this, { place, spans: [], painted: 0, shown: null, onChoose });
      place.addEventListener("click", (event) => {
        const span = event.target.closest(".word");
        if (span) this.choose(Number(span.dataset.number));
      });
      place.addEventListener("keydown", (event) => this.key(event));
    }

    /** Put a text there; all of it as text. */
    show(text, words) {
      const all = document.createDocumentFragment();
      let at = 0;
      this.spans = words.map(({ start, end, id, isKnown }, number) => {
        // Words of one composed character can share a place; then the later one is drawn with nothing in it.
        if (start > at) all.append(text.slice(at, start));
        const span = gatewise.element("span", "word", text.slice(Math.max(at, start), Math.max(at, end)));
        span.dataset.number = number;
        span.setAttribute("role", "option");
        span.tabIndex = -1;
        span.classList.toggle("is-unknown", !isKnown);
        span.classList.toggle("is-cut", id === null);
        all.append(span);
        at = Math.max(at, end);
        return span;
      });
      all.append(text.slice(at));
      this.place.replaceChildren(all);
      this.painted = 0; this.shown = null;
    }

    /** Colour the words that have been computed since the last time. */
    paint(reading, label) {
      for (; this.painted < reading.count; this.painted++) {
        const moved = reading.moved(this.painted, label), span = this.spans[this.painted];
        const word = reading.words[this.painted];
        span.classList.toggle("for", moved >= 0);
        span.classList.toggle("con", moved < 0);
        span.classList.toggle("is-clear", Math.abs(moved) >= CLEAR);
        span.style.setProperty("--w", Math.min(1, Math.abs(moved) / FULL).toFixed(3));
        const more = word.id === null ? ", cut away for the network" : word.isKnown ? "" : ", not in its vocabulary";
        span.setAttribute("aria-label", `${word.word}, ${gatewise.signed(moved)}${more}`);
        span.title = `${gatewise.signed(moved)} log odds${more}`;
      }
    }
    repaint(reading, label) { this.painted = 0; this.paint(reading, label); }

    /** Fade what has not been read yet, and frame the word read last. */
    mark(position) {
      const before = this.shown ?? this.spans.length;
      for (let k = Math.min(before, position); k < Math.max(before, position); k++) {
        this.spans[k]?.classList.toggle("is-ahead", k >= position);
      }
      if (this.now) { this.now.classList.remove("is-now"); this.now.tabIndex = -1; this.now.removeAttribute("aria-selected"); }
      this.now = this.spans[position - 1] ?? this.spans[0];
      if (this.now) {
        this.now.tabIndex = 0;
        this.now.classList.toggle("is-now", position > 0);
        this.now.setAttribute("aria-selected", String(position > 0));
        if (this.shown !== null) this.keepInView(this.now);
      }
      this.shown = position;
    }

    /** Scroll the box, never the page. */
    keepInView(span) {
      const { place } = this, top = span.offsetTop;
      if (top < place.scrollTop || top + span.offsetHeight > place.scrollTop + place.clientHeight) {
        place.scrollTop = top - place.clientHeight / 2;
      }
    }

    choose(number) {
      this.onChoose(number);
      this.spans[number].focus({ preventScroll: true });
    }

    key(event) {
      const last = this.spans.length - 1, at = Number(event.target.dataset?.number);
      const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last, Enter: at }[event.key];
      if (to === undefined || Number.isNaN(at)) return;
      event.preventDefault();
      this.choose(Math.min(last, Math.max(0, to)));
    }
  };
})((globalThis.gatewise ??= {}));
