// Units by words: one gate, the cell or the hidden state of every unit at every word.
"use strict";
(function (gatewise) {
  // What is shown, its name, whether it has a sign, and at which size it has its full colour. Cells have no bounds: null
  // stands for the largest of the text, and since a few are far larger than all others, colours follow the root.
  gatewise.SHOWN = {
    c: { name: "cell", isSigned: true, full: null }, h: { name: "hidden state", isSigned: true, full: 1 },
    f: { name: "forget gate", isSigned: false, full: 1 }, i: { name: "input gate", isSigned: false, full: 1 },
    o: { name: "output gate", isSigned: false, full: 1 }, g: { name: "candidate", isSigned: true, full: 1 },
  };
  const BELOW = 74; // pixels for the words below their columns
  const FITS = 15;  // pixels that a column must have for its word to be written

  /** The largest cell of the units shown, as far as the text has been read; at least 1. */
  function largest(values, H, units, count) {
    let most = 1;
    for (let t = 0; t < count; t++) for (const unit of units) most = Math.max(most, Math.abs(values[t * H + unit]));
    return most;
  }

  gatewise.Heatmap = class {
    /** @param {HTMLElement} plot - holds a canvas, a veil and a spot. */
    constructor(plot) {
      this.plot = plot;
      [this.canvas, this.veil, this.spot] = plot.children;
      this.image = document.createElement("canvas");
      this.drawn = 0;
    }

    /** Begin anew: a reading, and what is to be shown of it. */
    start(reading, { quantity, layer, units }) {
      Object.assign(this, { reading, quantity, layer, units, drawn: 0 });
      this.ramp = gatewise.ramp(gatewise.SHOWN[quantity].isSigned);
      this.image.width = Math.max(1, reading.length);
      this.image.height = units.length;
      Object.assign(this, gatewise.fit(this.canvas));
      this.columnWidth = this.width / Math.max(1, reading.length);
      this.high = this.height - (this.columnWidth >= FITS ? BELOW : 0);
      const values = reading.layers[layer][quantity], H = values.length / Math.max(1, reading.length);
      this.full = gatewise.SHOWN[quantity].full ?? largest(values, H, units, reading.count);
      this.context.clearRect(0, 0, this.width, this.height);
    }

    /** Draw the columns that have been computed since the last time. */
    draw() {
      const { reading, units, drawn } = this, many = reading.count - drawn;
      if (many <= 0) return;
      const to = this.image.getContext("2d"), pixels = to.createImageData(many, units.length);
      const values = reading.layers[this.layer][this.quantity], H = values.length / reading.length;
      const { isSigned, full } = gatewise.SHOWN[this.quantity], shade = full ? (value) => value : (value) => Math.sign(value) * Math.sqrt(Math.abs(value));
      for (let t = 0; t < many; t++) {
        const isRead = reading.words[drawn + t].id !== null;
        for (let row = 0; isRead && row < units.length; row++) {
          const value = shade(values[(drawn + t) * H + units[row]] / this.full);
          const share = Math.min(1, Math.max(0, isSigned ? (value + 1) / 2 : value));
          const [r, g, b] = this.ramp[Math.round(255 * share)], at = 4 * (row * many + t);
          pixels.data[at] = r; pixels.data[at + 1] = g; pixels.data[at + 2] = b; pixels.data[at + 3] = 255;
        }
      }
      to.putImageData(pixels, drawn, 0);
      const { context, columnWidth } = this;
      context.imageSmoothingEnabled = columnWidth < 1;
      context.drawImage(this.image, drawn, 0, many, units.length, drawn * columnWidth, 0, many * columnWidth, this.high);
      if (columnWidth >= FITS) this.name(drawn, reading.count);
      this.drawn = reading.count;
    }

    /** Write the words below their columns. */
    name(from, to) {
      const { context, columnWidth, high } = this;
      context.font = "12px system-ui, sans-serif"; context.fillStyle = gatewise.colour("soft");
      context.textAlign = "right"; context.textBaseline = "middle";
      for (let t = from; t < to; t++) {
        const { word } = this.reading.words[t];
        context.save();
        context.translate((t + 0.5) * columnWidth, high + 6);
        context.rotate(-Math.PI / 2);
        context.fillText(word.length > 9 ? `${word.slice(0, 8)}…` : word, 0, 0, 66);
        context.restore();
      }
    }

    /** Row and word at a place on the screen. */
    at(clientX, clientY) {
      const { left, top } = this.plot.getBoundingClientRect(), { reading, units } = this;
      const t = Math.floor((clientX - left) / this.columnWidth), row = Math.floor(((clientY - top) / this.high) * units.length);
      return { t: Math.min(reading.length - 1, Math.max(0, t)), row: Math.min(units.length - 1, Math.max(0, row)) };
    }

    value(t, row) {
      const values = this.reading.layers[this.layer][this.quantity];
      return values[(t * values.length) / this.reading.length + this.units[row]];
    }

    mark(position, unit) {
      if (!this.reading?.length) { this.spot.hidden = true; return; }
      const row = this.units.indexOf(unit), t = position - 1, { columnWidth } = this, tall = this.high / this.units.length;
      this.veil.style.transform = `translateX(${position * columnWidth}px)`;
      this.spot.hidden = row < 0 || t < 0;
      const wide = Math.max(6, columnWidth), high = Math.max(6, tall);
      this.spot.style.width = `${wide}px`; this.spot.style.height = `${high}px`;
      this.spot.style.transform = `translate(${(t + 0.5) * columnWidth - wide / 2}px, ${(row + 0.5) * tall - high / 2}px)`;
    }
  };
})((globalThis.gatewise ??= {}));
