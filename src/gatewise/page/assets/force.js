// Holding a gate open or shut, and what that does to the answer.
"use strict";
(function (gatewise) {
  const { byId, percent } = gatewise;
  const NAMES = { f: "forget", i: "input", o: "output" };

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
        said.textContent = `${NAMES[force.gate]} gate of ${whose} at ${force.value.toFixed(2)}: `
          + `${name} ${now} for the whole text, instead of ${before}.`;
        said.textContent = said.textContent[0].toUpperCase() + said.textContent.slice(1);
      }
    }
  };
})((globalThis.gatewise ??= {}));
