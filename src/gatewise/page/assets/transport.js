// Play, pause, step, scrub, speed.
"use strict";
(function (gatewise) {
  const { byId } = gatewise;

  gatewise.Transport = class {
    /** @param {function(number)} onMove - called with how many words to have read. */
    constructor(onMove) {
      Object.assign(this, { onMove, position: 0, length: 0, isPlaying: false, due: 0 });
      byId("play").onclick = () => (this.isPlaying ? this.pause() : this.play());
      byId("back").onclick = () => this.go(this.position - 1);
      byId("next").onclick = () => this.go(this.position + 1);
      byId("scrub").oninput = (event) => this.go(Number(event.target.value));
    }

    get speed() { return Number(byId("speed").value); }

    /** Play from here; at the end, from the beginning. */
    play() {
      if (!this.length) return;
      this.isPlaying = true; this.due = 0;
      this.onMove(this.position >= this.length ? 0 : this.position);
    }
    pause() {
      this.isPlaying = false;
      this.show();
    }
    /** Move there, and stop. */
    go(position) {
      this.pause();
      this.onMove(Math.min(this.length, Math.max(0, position)));
    }

    /** Time has passed while playing: move on, but not past what has been computed. */
    tick(seconds, computed) {
      if (!this.isPlaying) return;
      this.due = Math.min(this.due + seconds * this.speed, this.speed);
      const whole = Math.min(Math.floor(this.due), computed - this.position);
      if (whole > 0) { this.due -= whole; this.onMove(this.position + whole); }
      if (this.position >= this.length) this.pause();
    }

    set(position, length) {
      Object.assign(this, { position, length });
      const scrub = byId("scrub");
      scrub.max = length; scrub.value = position;
      scrub.setAttribute("aria-valuetext", `${position} of ${length} words`);
      this.show();
    }
    show() {
      const label = this.isPlaying ? "Pause" : "Read";
      if (byId("play").textContent !== label) byId("play").textContent = label;
    }
  };
})((globalThis.gatewise ??= {}));
