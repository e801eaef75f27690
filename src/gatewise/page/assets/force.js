// Holding a gate open or shut, and what that does to the answer.
"use strict";
(function (gatewise) {
  const { byId, percent } = gatewise;
  const NAMES = { f: "forget", i: "input", o: "output" };
  // What a gate does at every word: shut, open, and so far open.
  const MEANING = {
    f: ["all that a cell held is dropped", "a cell forgets nothing", (share) => `a cell keeps ${share} of what it held`],
    i: ["nothing new gets into a cell", "all that is new gets into a cell", (share) => `${share} of what is new gets into a cell`],
    o: ["nothing of a cell is shown, neither to the answer nor to the next word", "all of a cell is shown", (share) => `${share} of a cell is shown`],
  };

  /** The class of most probability after all words of a reading. */
  gatewise.likeliest = function (reading) {
    const { labels } = reading.model, shares = labels.map((_, k) => reading.probability(reading.length, k));
    return String(labels[shares.indexOf(Math.max(...shares))]);
  };

  gatewise.Force = class {
    /** @param {function(?object)} onForce - called with {gate, layer, unit, value} to hold, or null to let go. */
    constructor(onForce) {
      this.onForce = onForce; this.layer = 0; this.unit = 0; this.isHeld = false;
      byId("force-value").oninput = () => this.hold();
      for (const id of ["force-gate", "force-scope"]) byId(id).onchange = () => { if (this.isHeld) this.hold(); };
      byId("release").onclick = () => this.release();
    }

    hold() {
      this.isHeld = true;
      byId("release").disabled = false;
      this.onForce({
        gate: byId("force-gate").value, layer: this.layer,
        unit: byId("force-scope").value === "one" ? this.unit : null, value: Number(byId("force-value").value),
      });
    }

    release() {
      if (!this.isHeld) return;
      this.isHeld = false;
      byId("release").disabled = true;
      this.onForce(null);
    }

    /** Say what the hold did; `free` is the reading with nothing held. */
    show(reading, free, label, name) {
      const { force } = reading, said = byId("force-said");
      if (!force) {
        said.textContent = "Move the slider, and the text is read again with that gate held there at every word.";
      } else if (reading.isDone && free?.isDone) {
        const whose = force.unit === null ? "all units" : `unit ${force.unit}`;
        const [now, before] = [reading, free].map((one) => percent(one.probability(one.length, label)));
        const [shut, open, between] = MEANING[force.gate], { value } = force;
        const does = value === 0 ? shut : value === 1 ? open : between(`${Math.round(100 * value)} %`);
        const first = `${NAMES[force.gate]} gate of ${whose} at ${value.toFixed(2)}: at every word ${does}. `;
        const [likeliest, likeliestFree] = [reading, free].map(gatewise.likeliest);
        const answer = likeliest === likeliestFree ? `its answer stays ${likeliest}` : `its answer turns from ${likeliestFree} to ${likeliest}`;
        said.textContent = `${first[0].toUpperCase()}${first.slice(1)}For the whole text ${name} has ${now}, instead of ${before}: ${answer}.`;
      }
    }
  };
})((globalThis.gatewise ??= {}));
