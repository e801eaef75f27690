// The page: one text, one reading, one place in it; and the parts that show them.
"use strict";
(function (gatewise) {
  const { byId, percent, signed, quoted } = gatewise;
  const SLICE = 7;         // milliseconds of a frame in which the network reads
  const MOST_WORDS = 5000; // all states are kept: 30 MB for so many words of 256 units
  const PAUSE = 180;       // milliseconds after a key until the text is read

  class App {
    constructor(model) {
      Object.assign(this, { model, text: "", position: 0, layer: 0, quantity: "c", ghost: null, force: null, last: null, frames: 0 });
      this.curve = new gatewise.Curve(byId("curve"));
      this.words = new gatewise.Words(byId("words"), (k) => this.transport.go(k + 1));
      this.edit = new gatewise.Edit((text, position) => this.change(text, position));
      this.hold = new gatewise.Force((force) => this.setForce(force));
      this.map = new gatewise.Heatmap(byId("map"));
      this.transport = new gatewise.Transport((position) => this.move(position));
      this.classes = new gatewise.Classes(byId("classes"), model.labels, (label) => this.follow(label));
      gatewise.showFacts(model.description);
      this.label = model.labels.length === 2 ? 1 : 0;
      gatewise.makeControls(this);
      gatewise.showHard(model, (text) => this.open(text, false));
      gatewise.layCell();
      gatewise.listen(this);
      this.follow(this.label);
      new ResizeObserver(() => this.redraw()).observe(byId("curve"));
      new ResizeObserver(() => { if (gatewise.layCell() && this.reading) this.wake(); }).observe(byId("cell").parentElement);
      // Most of what a frame costs is drawing; what is out of sight waits until it is seen.
      new IntersectionObserver(([entry]) => {
        this.isCellSeen = entry.isIntersecting;
        if (this.reading) this.wake();
      }, { rootMargin: "200px" }).observe(byId("cell-section"));
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    }


    /** Put a text there, as if it had always been there. */
    open(text, isPlayed) {
      byId("text").value = text;
      this.ghost = null; this.edit.forget(); this.picksUnit = true;
      this.read(text);
      if (isPlayed) { this.move(0); this.transport.play(); } else this.move(this.reading.length);
    }

    /** Change the text, and keep what was there as a ghost. */
    change(text, position = null) {
      byId("text").value = text;
      this.ghost = this.reading;
      this.read(text);
      this.transport.pause();
      this.move(Math.min(position ?? this.reading.length, this.reading.length));
    }

    /** The text was typed: what it was when the typing began stays as a ghost. */
    typed(text) {
      if (text === this.text) return;
      const before = this.beforeTyping ?? this.reading;
      this.edit.forget();
      this.change(text);
      this.ghost = before.length ? before : null;
      this.isFresh = true;
    }

    /** Begin to read a text; the frames that follow do the work. */
    read(text) {
      this.text = text;
      let words = this.model.encode(text);
      byId("limit").hidden = words.length <= MOST_WORDS;
      if (words.length > MOST_WORDS) {
        byId("limit").textContent = `This text has ${words.length.toLocaleString("en")} words. The page reads the first ${MOST_WORDS.toLocaleString("en")}; “gatewise predict” reads them all.`;
        this.text = text = text.slice(0, words[MOST_WORDS - 1].end);
        words = this.model.encode(text);
      }
      this.reading = new gatewise.Reading(this.model, words, this.force, this.reading);
      if (this.force) this.free = new gatewise.Reading(this.model, words, null, this.free);
      this.words.show(text, words);
      this.startMap();
      this.isFresh = true;
      this.wake();
    }

    setForce(force) {
      if (force && !this.force) this.free = this.reading;
      this.force = force;
      this.ghost = force ? this.free : this.reading;
      this.reading = new gatewise.Reading(this.model, this.reading.words, force, force ? null : this.free);
      if (!force) this.free = null;
      this.redraw();
    }

    follow(label) {
      this.label = label;
      this.classes.follow(label);
      this.weights = this.model.unitWeights(label);
      this.ranked = Array.from(this.weights.keys()).sort((a, b) => this.weights[b] - this.weights[a]);
      if (this.unit === undefined) this.setUnit(this.ranked[0]);
      if (this.reading) this.redraw();
    }

    setUnit(unit) {
      this.unit = this.hold.unit = unit;
      byId("unit").value = unit;
      const place = this.ranked.indexOf(unit) + 1, isLast = this.layer === this.model.layers.length - 1;
      byId("unit-said").textContent = isLast
        ? `number ${place} of ${this.ranked.length}; its weight for ${this.model.labels[this.label]} is ${signed(this.weights[unit])}`
        : "of a lower layer, which the layers above read";
      if (this.reading) this.wake();
    }

    setLayer(layer) {
      this.layer = this.hold.layer = layer;
      this.setUnit(this.unit);
      this.redraw();
    }

    /** Which units the map shows: those of most weight on either side. */
    shownUnits() {
      const most = Number(byId("rows").value), { ranked } = this, half = Math.ceil(most / 2);
      if (ranked.length <= most) return ranked;
      return [...ranked.slice(0, half), ...ranked.slice(-half)];
    }

    startMap() {
      this.map.start(this.reading, { quantity: this.quantity, layer: this.layer, units: this.shownUnits() });
      gatewise.showScale(this.quantity, this.map.full);
    }

    /** The unit whose hidden state ranges most over this text, by its weight in the output. */
    liveliest() {
      const { reading, weights } = this, H = weights.length, low = new Float32Array(H), high = new Float32Array(H);
      const { h } = reading.layers[reading.layers.length - 1];
      for (let k = 0; k < reading.count * H; k++) {
        low[k % H] = Math.min(low[k % H], h[k]);
        high[k % H] = Math.max(high[k % H], h[k]);
      }
      return this.ranked.reduce((best, unit) => {
        const does = (one) => (high[one] - low[one]) * Math.abs(weights[one]);
        return does(unit) > does(best) ? unit : best;
      }, this.ranked[0]);
    }

    /** Draw everything anew. */
    redraw() {
      if (!this.reading) return;
      this.words.repaint(this.reading, this.label);
      this.startMap();
      this.setUnit(this.unit);
      this.isFresh = true;
      this.wake();
    }

    move(position) {
      this.position = position;
      this.transport.set(position, this.reading.length);
      this.wake();
    }

    /** Draw in the next frame. */
    wake() {
      if (this.frame) return;
      this.frame = requestAnimationFrame((now) => {
        this.frame = null;
        this.tick(now);
      });
    }

    tick(now) {
      const seconds = Math.min(0.25, (now - (this.last ?? now)) / 1000);
      const { reading } = this, counted = reading.count;
      this.compute();
      this.transport.tick(seconds, reading.count);
      const hasGrown = this.isFresh || reading.count > counted;
      if (hasGrown) {
        this.words.paint(reading, this.label);
        this.map.draw();
        if (this.isFresh || reading.isDone || !(this.frames++ % 4)) this.curve.draw(reading, this.label, this.ghost);
        this.isFresh = false;
      }
      this.mark();
      if (hasGrown && reading.isDone) this.finished();
      const isBusy = !reading.isDone || this.transport.isPlaying || (this.ghost && !this.ghost.isDone);
      this.last = isBusy ? now : null;
      if (isBusy) this.wake();
    }

    compute() {
      const end = performance.now() + SLICE;
      // What a ghost has still to read comes after the text itself.
      for (const one of [this.reading, this.free, this.ghost]) {
        while (one && !one.isDone && performance.now() < end) {
          one.step();
          if (one === this.ghost && one.isDone) this.isFresh = true;
        }
      }
    }

    /** Show the place in the text. */
    mark() {
      const { reading, label } = this, at = Math.min(this.position, reading.count);
      this.curve.mark(reading, at, label);
      this.words.mark(at);
      this.classes.show(reading, at);
      this.map.mark(at, this.unit);
      this.edit.show(this.text, reading, at, label);
      if (this.isCellSeen) gatewise.drawCell(reading, at - 1, this.layer, this.unit);
      this.hold.show(reading, this.free, label, String(this.model.labels[label]));
      gatewise.showSum(this, at);
      byId("transport").dataset.done = reading.isDone;
    }

    /** All words have been read: the largest cell is known, and what there is to say. */
    finished() {
      if (this.picksUnit && this.layer === this.model.layers.length - 1) this.setUnit(this.liveliest());
      this.picksUnit = false;
      if (!gatewise.SHOWN[this.quantity].full) { this.startMap(); this.map.draw(); }
      this.mark();
      const { reading, label } = this, share = percent(reading.probability(reading.length, label));
      byId("said").textContent = `${this.model.labels[label]} ${share} after all ${reading.length} words`;
    }
  }

  /** How the words add up, and where the reading is. */
  gatewise.showSum = function ({ reading, label, model, ghost, position }, at) {
    const name = String(model.labels[label]), start = reading.score(0, label), now = reading.score(at, label);
    let sum = 0;
    for (let t = 0; t < at; t++) sum += reading.moved(t, label);
    byId("sum").replaceChildren(`Before any word ${signed(start)}, ${at === 1 ? "1 word" : `${at} words`} together ${signed(sum)}: `,
      gatewise.element("b", "", `log odds ${signed(start + sum)}`), `, which is ${percent(1 / (1 + Math.exp(-now)))} ${name}.`);
    const waiting = position > reading.count ? " (reading …)" : "";
    const word = at ? ` · ${quoted(reading.words[at - 1].word)} ${signed(reading.moved(at - 1, label))}` : "";
    byId("now").textContent = `${at} of ${reading.length} · ${name} ${percent(reading.probability(at, label))}${word}${waiting}`;
    const hasGhost = Boolean(ghost?.isDone);
    byId("ghost-legend").hidden = !hasGhost;
    if (hasGhost) byId("ghost-said").textContent = `${reading.force ? "with nothing held" : "before the change"}: ${percent(ghost.probability(ghost.length, label))} at its end`;
  };

  gatewise.start = async function () {
    try {
      gatewise.app = new App(await gatewise.load());
    } catch (problem) {
      byId("trouble").hidden = false;
      byId("trouble").textContent = `The network could not be loaded (${problem.message}). Load the page again.`;
      byId("model-line").textContent = "";
      return;
    }
    byId("main").hidden = byId("transport").hidden = false;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    gatewise.app.open(gatewise.EXAMPLES[0].text, !calm);
  };

  gatewise.PAUSE = PAUSE;
})((globalThis.gatewise ??= {}));
