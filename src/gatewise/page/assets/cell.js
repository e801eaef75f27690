// One unit at one word: the cell as in the textbooks with its numbers, and the equations with theirs.
"use strict";
(function (gatewise) {
  const { byId, number, element, symbol } = gatewise;
  const NAMES = { f: "forget gate", i: "input gate", g: "candidate", o: "output gate" };
  const THIN = 1.6, THICK = 5.5, FULL = 2;

  /** A wire in the colour of its sign, as thick as its number is large. */
  function wire(id, value) {
    const path = byId(`w-${id}`);
    path.style.stroke = Math.abs(value) < 0.005 ? "" : `var(--${value > 0 ? "toward" : "against"})`;
    path.style.strokeWidth = THIN + (THICK - THIN) * Math.min(1, Math.abs(value) / FULL);
  }

  function gate(id, value, isHeld) {
    const place = byId(`g-${id}`);
    place.querySelector(".level").style.transform = `scaleY(${Math.min(1, Math.abs(value))})`;
    place.querySelector(".value").textContent = number(value);
    place.classList.toggle("is-below", value < 0);
    place.classList.toggle("is-held", isHeld);
  }

  /** All numbers of a unit at word t; null for a word that the network does not read. */
  gatewise.cellNumbers = function (reading, t, layer, unit) {
    const { model, words } = reading;
    if (words[t].id === null) return null;
    const row = reading.row(t), now = row[layer], before = reading.before(t, layer);
    const x = layer ? row[layer - 1].h : model.words.row(words[t].id);
    const at = Object.fromEntries(["i", "f", "g", "o", "c", "h"].map((name) => [name, now[name][unit]]));
    const inputs = Object.fromEntries(gatewise.GATES.map((name) =>
      [name, model.layers[layer].inputs(name, unit, x, before.h)]));
    return { ...at, c0: before.c[unit], h0: before.h[unit], fc: at.f * before.c[unit], ig: at.i * at.g, tc: Math.tanh(at.c), inputs };
  };

  /** Whether a gate of a unit is held. */
  gatewise.isHeld = (force, layer, name, unit) =>
    Boolean(force) && force.layer === layer && force.gate === name && (force.unit === null || force.unit === unit);

  gatewise.drawCell = function (reading, t, layer, unit) {
    const n = t < 0 ? null : gatewise.cellNumbers(reading, t, layer, unit);
    byId("cell-said").textContent = n ? inWords(n, reading.words[t].word, unit) : t < 0
      ? "Nothing has been read yet." : "The word read last is cut away: the network does not see it.";
    const zero = { i: 0, f: 0, g: 0, o: 0, c: 0, h: 0, c0: 0, h0: 0, fc: 0, ig: 0, tc: 0 };
    const v = n ?? zero, write = (id, value) => { byId(id).textContent = n ? number(value) : "–"; };
    for (const name of ["f", "i", "g", "o"]) gate(name, v[name], gatewise.isHeld(reading.force, layer, name, unit));
    for (const name of ["c0", "h0", "fc", "ig", "tc"]) write(`n-${name}`, v[name]);
    write("n-c1", v.c); write("n-h1", v.h);
    for (const name of ["c0", "fc", "ig", "tc", "f", "i", "g", "o", "h"]) wire(name, v[name]);
    wire("c1", v.c);
    const word = t < 0 ? "" : reading.words[t].word;
    byId("n-x").textContent = word.length > 34 ? `${word.slice(0, 33)}…` : word;
    byId("cell-alt").textContent = n
      ? `Unit ${unit} at ${gatewise.quoted(word)}: forget gate ${number(v.f)}, input gate ${number(v.i)}, candidate ${number(v.g)}, output gate ${number(v.o)}; cell from ${number(v.c0)} to ${number(v.c)}, hidden state ${number(v.h)}`
      : "The cell of one unit, before any word";
    byId("equations").replaceChildren(...(n ? equations(n, reading.force, layer, unit) : []));
  };

  /** What the unit did, without letters. */
  function inWords(n, word, unit) {
    const share = (value) => `${Math.round(100 * value)} %`, { signed, quoted } = gatewise;
    return `At ${quoted(word)}, unit ${unit} kept ${share(n.f)} of its cell (${number(n.c0)}) and added ${share(n.i)} of what is new (${signed(n.g)}): `
      + `the cell is now ${number(n.c)}. It shows ${share(n.o)} of the cell’s tanh: the hidden state ${number(n.h)}.`;
  }

  function equations(n, force, layer, unit) {
    const squashed = ["f", "i", "g", "o"].map((name) => {
      const { word, memory, bias } = n.inputs[name], z = word + memory + bias;
      if (gatewise.isHeld(force, layer, name, unit)) return line(NAMES[name], name, [" = "], n[name], "held there by hand");
      return line(NAMES[name], name, [` = ${name === "g" ? "tanh" : "σ"}(${number(z)}) = `], n[name],
        `word ${gatewise.signed(word)}, memory ${gatewise.signed(memory)}, bias ${gatewise.signed(bias)}`);
    });
    return [...squashed,
      line("cell", "c", [" = ", symbol("f", "t"), " ", symbol("c", "t−1"), " + ", symbol("i", "t"), " ", symbol("g", "t"),
        ` = ${number(n.f)} · ${bracketed(n.c0)} + ${number(n.i)} · ${bracketed(n.g)} = `], n.c),
      line("hidden state", "h", [" = ", symbol("o", "t"), " tanh ", symbol("c", "t"), ` = ${number(n.o)} · ${bracketed(n.tc)} = `], n.h)];
  }

  /** A factor: what is below zero stands in brackets. */
  const bracketed = (value) => (number(value).startsWith("−") ? `(${number(value)})` : number(value));

  function line(what, letter, middle, value, terms = "") {
    const place = element("div"), right = element("span");
    right.append(symbol(letter, "t"), ...middle, element("b", value < 0 ? "against" : "toward", number(value)));
    if (terms) right.append(element("span", "terms", terms));
    place.append(element("span", "what", what), right);
    return place;
  }
})((globalThis.gatewise ??= {}));
