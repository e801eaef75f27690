// The probability after each word, and what it was before a change.
"use strict";
(function (gatewise) {
  const LEFT = 46, RIGHT = 14, TOP = 12, BOTTOM = 12;

  /**
   * Where words of an earlier text stand in the present one: a function of the number of words read, so that what
   * both have in common lies above each other.
   */
  gatewise.alignment = function (earlier, present) {
    const same = (a, b) => earlier[a].word === present[b].word, E = earlier.length, P = present.length;
    let head = 0, tail = 0;
    while (head < Math.min(E, P) && same(head, head)) head++;
    while (tail < Math.min(E, P) - head && same(E - 1 - tail, P - 1 - tail)) tail++;
    return (t) => {
      if (t <= head) return t;
      if (t >= E - tail) return t + P - E;
      return head + ((t - head) / (E - tail - head)) * (P - tail - head);
    };
  };

  gatewise.Curve = class {
    /** @param {HTMLElement} plot - holds a canvas, a veil and a cursor. */
    constructor(plot) {
      this.plot = plot;
      [this.canvas, this.veil, this.cursor] = plot.children;
    }

    x(t) { return LEFT + (this.length ? t / this.length : 0) * (this.width - LEFT - RIGHT); }
    y(share) { return TOP + (1 - share) * (this.height - TOP - BOTTOM); }

    /** Words read at a place on the screen. */
    wordsAt(clientX) {
      const inside = (clientX - this.plot.getBoundingClientRect().left - LEFT) / (this.width - LEFT - RIGHT);
      return Math.round(Math.min(1, Math.max(0, inside)) * this.length);
    }

    draw(reading, label, ghost) {
      this.length = reading.length;
      const { context, width, height } = gatewise.fit(this.canvas);
      Object.assign(this, { context, width, height });
      this.grid();
      this.area(reading, label);
      if (ghost) {
        const place = gatewise.alignment(ghost.words, reading.words);
        this.line(ghost, label, place, { colour: "ghost", width: 1.6, dash: [6, 4] });
      }
      this.line(reading, label, (t) => t, { colour: "toward", width: 2.2, dash: [] });
    }

    grid() {
      const { context } = this;
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "right"; context.textBaseline = "middle"; context.lineWidth = 1;
      for (const share of [0, 0.25, 0.5, 0.75, 1]) {
        context.strokeStyle = gatewise.colour(share === 0.5 ? "ghost" : "rule");
        context.beginPath(); context.moveTo(LEFT, this.y(share)); context.lineTo(this.width - RIGHT, this.y(share)); context.stroke();
        context.fillStyle = gatewise.colour("soft");
        context.fillText(`${100 * share} %`, LEFT - 7, this.y(share));
      }
    }

    /** Blue above one half, orange below. */
    area(reading, label) {
      const { context } = this;
      if (!reading.count) return;
      const path = new Path2D();
      path.moveTo(this.x(0), this.y(0.5));
      for (let t = 0; t <= reading.count; t++) path.lineTo(this.x(t), this.y(reading.probability(t, label)));
      path.lineTo(this.x(reading.count), this.y(0.5));
      for (const [name, from, to] of [["toward", 0, this.y(0.5)], ["against", this.y(0.5), this.height]]) {
        context.save();
        context.beginPath(); context.rect(0, from, this.width, to - from); context.clip();
        context.globalAlpha = 0.16; context.fillStyle = gatewise.colour(name); context.fill(path);
        context.restore();
      }
    }

    line(reading, label, place, { colour, width, dash }) {
      const { context } = this;
      context.strokeStyle = gatewise.colour(colour); context.lineWidth = width; context.lineJoin = "round";
      context.setLineDash(dash);
      context.beginPath();
      for (let t = 0; t <= reading.count; t++) context.lineTo(this.x(place(t)), this.y(reading.probability(t, label)));
      context.stroke();
      context.setLineDash([]);
    }

    /** Put the cursor behind the word read last; what follows is veiled. */
    mark(reading, position, label) {
      if (!this.width) return;
      const x = this.x(position), share = reading.probability(Math.min(position, reading.count), label);
      this.cursor.style.transform = `translateX(${x}px)`;
      this.cursor.firstElementChild.style.transform = `translateY(${this.y(share)}px)`;
      this.cursor.classList.toggle("is-low", share < 0.5);
      this.veil.style.transform = `translateX(${x}px)`;
      this.plot.setAttribute("aria-valuemax", reading.length);
      this.plot.setAttribute("aria-valuenow", position);
      this.plot.setAttribute("aria-valuetext", `${position} of ${reading.length} words, ${gatewise.percent(share)}`);
    }
  };
})((globalThis.gatewise ??= {}));
