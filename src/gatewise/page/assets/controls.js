// What the visitor can press, turn and point at.
"use strict";
(function (gatewise) {
  const { byId, element } = gatewise;
  const FEW = 24, MORE = 64;

  /** Controls that depend on the model. */
  gatewise.makeControls = function (app) {
    const H = app.model.hidden, depth = app.model.layers.length;
    for (const { name, text } of gatewise.EXAMPLES) {
      const button = element("button", "", name);
      button.type = "button";
      button.onclick = () => app.open(text, !matchMedia("(prefers-reduced-motion: reduce)").matches);
      byId("examples").append(button);
    }
    for (const most of [FEW, MORE].filter((one) => one < H)) byId("rows").append(new Option(`the ${most} units of most weight`, most));
    byId("rows").append(new Option(`all ${H} units`, H));
    for (const [key, { name }] of Object.entries(gatewise.SHOWN)) {
      const label = element("label"), choice = element("input");
      choice.type = "radio"; choice.name = "quantity"; choice.value = key; choice.checked = key === app.quantity;
      choice.onchange = () => { app.quantity = key; app.redraw(); };
      label.append(choice, name);
      byId("quantity").append(label);
    }
    byId("unit").max = H - 1;
    byId("layer").hidden = byId("layer-label").hidden = depth === 1;
    for (let k = 0; k < depth; k++) byId("layer").append(new Option(String(k + 1), k));
    app.layer = app.hold.layer = depth - 1;
    byId("layer").value = depth - 1;
  };

  /** What the colours of the map mean. */
  gatewise.showScale = function (quantity, largest) {
    const { isSigned, full } = gatewise.SHOWN[quantity], bar = byId("scale-low").nextElementSibling;
    const end = full ? String(full) : largest.toFixed(1), root = full ? "" : " (colour by the square root)";
    byId("scale-low").textContent = isSigned ? `−${end}` : "0, shut";
    byId("scale-high").textContent = isSigned ? `+${end}${root}` : "1, open";
    bar.style.background = `linear-gradient(to right, ${isSigned ? "var(--against), " : ""}var(--panel), var(--toward))`;
  };

  /** What happens when they are used. */
  gatewise.listen = function (app) {
    let waiting = null;
    byId("text").oninput = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => app.typed(byId("text").value), gatewise.PAUSE);
    };
    byId("text").onfocus = () => { app.beforeTyping = app.reading; };
    byId("forget-ghost").onclick = () => { app.ghost = null; app.redraw(); };
    byId("unit").onchange = (event) => {
      const unit = Math.round(Number(event.target.value));
      app.setUnit(Number.isFinite(unit) ? Math.min(app.model.hidden - 1, Math.max(0, unit)) : app.unit);
    };
    const beside = (by) => () => {
      const place = app.ranked.indexOf(app.unit) + by;
      if (app.ranked[place] !== undefined) app.setUnit(app.ranked[place]);
    };
    byId("unit-before").onclick = beside(-1);
    byId("unit-after").onclick = beside(1);
    byId("unit-most").onclick = () => app.setUnit(app.liveliest());
    byId("layer").onchange = (event) => app.setLayer(Number(event.target.value));
    byId("rows").onchange = () => app.redraw();
    onCurve(app);
    onMap(app);
  };

  function onCurve(app) {
    const plot = byId("curve");
    const scrub = (event) => { if (event.buttons) app.transport.go(app.curve.wordsAt(event.clientX)); };
    plot.onpointerdown = (event) => { plot.setPointerCapture(event.pointerId); scrub(event); };
    plot.onpointermove = scrub;
    plot.onkeydown = (event) => {
      const { position, reading } = app, far = Math.max(1, Math.round(reading.length / 10));
      const to = { ArrowRight: position + 1, ArrowUp: position + 1, ArrowLeft: position - 1, ArrowDown: position - 1,
        PageUp: position + far, PageDown: position - far, Home: 0, End: reading.length }[event.key];
      if (to !== undefined) app.transport.go(to);
      else if (event.key === " ") byId("play").click();
      else return;
      event.preventDefault();
    };
  }

  function onMap(app) {
    const plot = byId("map"), { map } = app;
    const say = ({ t, row }) => {
      if (!app.reading.length || t >= app.reading.count) return;
      const word = app.reading.words[t], unit = map.units[row];
      byId("map-said").textContent = word.id === null ? `${gatewise.quoted(word.word)} is cut away` :
        `unit ${unit} at ${gatewise.quoted(word.word)}, word ${t + 1}: ${gatewise.SHOWN[app.quantity].name} ${gatewise.number(map.value(t, row))}`;
    };
    const choose = ({ t, row }) => { app.transport.go(t + 1); app.setUnit(map.units[row]); };
    const here = () => ({ t: Math.max(0, app.position - 1), row: Math.max(0, map.units.indexOf(app.unit)) });
    plot.onpointermove = (event) => say(map.at(event.clientX, event.clientY));
    plot.onclick = (event) => choose(map.at(event.clientX, event.clientY));
    plot.onfocus = () => say(here());
    plot.onkeydown = (event) => {
      const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1], Enter: [0, 0] }[event.key];
      if (!step || !app.reading.length) return;
      event.preventDefault();
      const { t, row } = here();
      const to = { t: Math.min(app.reading.length - 1, Math.max(0, t + step[0])), row: Math.min(map.units.length - 1, Math.max(0, row + step[1])) };
      choose(to); say(to);
    };
  }
})((globalThis.gatewise ??= {}));
