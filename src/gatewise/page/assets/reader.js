// A text read word by word: every state is kept, so that one can look at any word afterwards.
"use strict";
(function (gatewise) {
  const QUANTITIES = ["i", "f", "g", "o", "c", "h"];

  /** The network in the middle of a text. */
  class State {
    constructor(model, force) {
      this.model = model; this.force = force;
      this.layers = model.layers.map(({ H }) => ({ h: new Float32Array(H), c: new Float32Array(H) }));
      this.pools = new gatewise.Pools(model.hidden);
    }
    /** Read a word; `outs` has a place for what each layer's gates were, or is absent. */
    read(id, outs) {
      let Wx = this.model.projected(id);
      this.model.layers.forEach((layer, k) => {
        const out = outs ? outs[k] : fresh(layer.H);
        layer.step(Wx, this.layers[k], out, this.force?.layer === k ? this.force : null);
        this.layers[k].h.set(out.h); this.layers[k].c.set(out.c);
        if (k + 1 < this.model.layers.length) Wx = this.model.layers[k + 1].project(out.h);
      });
      this.pools.add(this.layers[this.layers.length - 1].h);
    }
    copy() {
      const other = new State(this.model, this.force);
      other.layers = this.layers.map(({ h, c }) => ({ h: h.slice(), c: c.slice() }));
      other.pools = this.pools.copy();
      return other;
    }
    logits() {
      const { after } = this.model.description;
      const end = after.length ? this.copy() : this;
      for (const id of after) end.read(id);
      return gatewise.networkLogits(this.model, end.pools);
    }
  }

  const fresh = (H) => Object.fromEntries(QUANTITIES.map((name) => [name, new Float32Array(H)]));

  /** One text and all that happened while it was read. */
  gatewise.Reading = class {
    /**
     * @param {gatewise.Model} model
     * @param {object[]} words - what model.encode gives.
     * @param {?object} force - {layer, gate, unit, value}, see LSTM.step.
     * @param {?gatewise.Reading} earlier - of a text with the same beginning, which is then not read again.
     */
    constructor(model, words, force = null, earlier = null) {
      Object.assign(this, { model, words, force, count: 0 });
      this.state = new State(model, force);
      for (const id of model.description.before) this.state.read(id);
      this.rival = model.rival ? new gatewise.RunningRival(model.rival) : null;
      this.network = this.state.logits();
      this.odds = [this.mixed().odds];
      this.layers = model.layers.map(({ H }) =>
        Object.fromEntries(QUANTITIES.map((name) => [name, new Float32Array(words.length * H)])));
      if (earlier && same(earlier.force, force)) this.takeOver(earlier);
    }

    get length() { return this.words.length; }
    get isDone() { return this.count === this.words.length; }

    /** Read the next word. */
    step() {
      const { id, word } = this.words[this.count];
      if (id !== null) {
        this.state.read(id, this.row(this.count));
        this.network = this.state.logits();
      }
      this.rival?.push(word);
      this.count += 1;
      this.odds.push(this.mixed().odds);
    }

    /** All of it at once. */
    finish() {
      while (!this.isDone) this.step();
      return this;
    }

    mixed() {
      const { blend, temperature } = this.model.description;
      const logits = this.rival ? gatewise.blended(this.network, this.rival.logits, blend) : this.network;
      return gatewise.answer(logits, temperature);
    }

    /** Gates and states of a word in each layer, as views. */
    row(t) {
      return this.layers.map((layer) => Object.fromEntries(QUANTITIES.map((name) => {
        const H = layer[name].length / this.length;
        return [name, layer[name].subarray(t * H, (t + 1) * H)];
      })));
    }

    /** Calibrated log odds of a class after t words. */
    score(t, label) { return this.odds[t][label]; }
    probability(t, label) { return 1 / (1 + Math.exp(-this.odds[t][label])); }
    /** What the word after t words moved the log odds by. */
    moved(t, label) { return this.odds[t + 1][label] - this.odds[t][label]; }

    /** Cell and hidden state of a unit before word t; words that are cut away are passed over. */
    before(t, layer, unit) {
      let at = t - 1;
      while (at >= 0 && this.words[at].id === null) at -= 1;
      if (at < 0) return this.atStart()[layer];
      const row = this.row(at)[layer];
      return { c: row.c, h: row.h };
    }
    atStart() {
      if (!this.started) {
        const state = new State(this.model, this.force);
        for (const id of this.model.description.before) state.read(id);
        this.started = state.layers;
      }
      return this.started;
    }

    takeOver(earlier) {
      const most = Math.min(earlier.count, this.length);
      let n = 0;
      while (n < most && this.words[n].word === earlier.words[n].word && this.words[n].id === earlier.words[n].id) n++;
      this.layers.forEach((layer, k) => QUANTITIES.forEach((name) => {
        const H = this.model.layers[k].H;
        layer[name].set(earlier.layers[k][name].subarray(0, n * H));
      }));
      for (let t = 0; t < n; t++) {
        this.rival?.push(this.words[t].word);
        this.odds.push(earlier.odds[t + 1]);
        if (this.words[t].id === null) continue;
        const row = this.row(t);
        this.state.layers.forEach((state, k) => { state.h.set(row[k].h); state.c.set(row[k].c); });
        this.state.pools.add(row[row.length - 1].h);
      }
      this.count = n;
      this.network = n ? this.state.logits() : this.network;
    }
  };

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
})((globalThis.gatewise ??= {}));
