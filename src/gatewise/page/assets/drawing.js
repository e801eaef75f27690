// The drawing of a cell in the layout of Olah's pictures: wide, or narrow where there is little room.
"use strict";
(function (gatewise) {
  const { byId, element } = gatewise;
  const KINDS = { f: "σ forget", i: "σ input", g: "tanh new", o: "σ output" };
  // Where the four gates and the way out (t) stand; where the body and the wires begin and end.
  const WIDE = { width: 760, height: 400, gate: 76, begin: 20, end: 740, left: 128, right: 632, f: 220, i: 320, g: 410, o: 500, t: 580 };
  const NARROW = { width: 400, height: 396, gate: 64, begin: 2, end: 398, left: 20, right: 378, f: 76, i: 148, g: 220, o: 292, t: 344 };
  const ROOM = 600; // pixels that the wide one needs for its letters

  function svg(name, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }
  const wire = (id, d) => svg("path", { class: "wire", id: `w-${id}`, d });
  const thin = (d) => svg("path", { class: "thin", d });
  const arrow = (x, y) => svg("path", { class: "head", d: `M${x - 6} ${y - 6}l10 6-10 6z` });
  const round = (x, y, r, sign) => svg("g", { class: "op" }, svg("circle", { cx: x, cy: y, r }), svg("text", { x, y: y + 6 }, sign));

  /** A name with the number that belongs to it, which stands `below` it or behind it. */
  function label(id, name, x, y, anchor, below) {
    const number = svg("tspan", { id: `n-${id}`, class: "number", ...(below ? { x, dy: below } : { dx: 5 }) });
    return svg("text", { x, y, "text-anchor": anchor }, ...(name ? [svg("tspan", { class: "name" }, name)] : []), number);
  }

  function gate(name, x, width) {
    const box = { x: x - width / 2, y: 228, width, height: 48, rx: 7 };
    return svg("g", { class: "gate", id: `g-${name}` }, svg("rect", box), svg("rect", { ...box, class: "level" }),
      svg("text", { class: "kind", x, y: 244 }, KINDS[name]), svg("text", { class: "value", x, y: 266 }));
  }

  function wires({ begin, end, left, f, i, g, o, t }) {
    const x = left + 22;
    return [
      wire("c0", `M${begin} 92H${f - 15}`), wire("fc", `M${f + 15} 92H${g - 15}`), wire("c1", `M${g + 15} 92H${end - 6}`), arrow(end - 6, 92),
      thin(`M${begin} 312H${o}`), thin(`M${x} 390V322Q${x} 312 ${x + 10} 312`), thin([f, i, g, o].map((at) => `M${at} 312V276`).join("")),
      wire("f", `M${f} 228V107`), wire("i", `M${i} 228V178Q${i} 164 ${i + 14} 164H${g - 14}`),
      wire("g", `M${g} 228V178`), wire("ig", `M${g} 150V107`), wire("tc", `M${t} 92V204`),
      wire("o", `M${o} 228V222Q${o} 218 ${o + 6} 218H${t - 14}`), wire("h", `M${t} 232V298Q${t} 312 ${t + 14} 312H${end - 6}`), arrow(end - 6, 312),
    ];
  }

  function labels({ begin, end, left, right, f, g, t }, isNarrow) {
    const x = left + 22, inner = isNarrow
      ? [label("c0", "cell before", begin, 20, "start"), label("c1", "cell after", end, 20, "end"),
        label("h0", "hidden before", x + 10, 335, "start"), label("h1", "hidden after", right - 8, 335, "end")]
      : [label("c0", "cell before", begin, 76, "start", 42), label("c1", "cell after", end, 76, "end", 42),
        label("h0", "hidden before", begin, 296, "start", 42), label("h1", "hidden after", end, 296, "end", 42)];
    return [...inner, label("fc", "kept", (f + g) / 2, 64, "middle", 18), label("ig", "added", g + 22, 120, "start", 18), label("tc", "", t - 10, 190, "end"),
      svg("text", { class: "name", x: x + 14, y: 378 }, "word"), svg("text", { class: "given", id: "n-x", x: x + 54, y: 379 })];
  }

  /** Draw it as wide as there is room; says whether that changed anything. */
  gatewise.layCell = function () {
    const place = byId("cell"), isNarrow = place.parentElement.clientWidth < ROOM, at = isNarrow ? NARROW : WIDE;
    if (place.classList.contains("is-narrow") === isNarrow && place.childElementCount) return false;
    place.classList.toggle("is-narrow", isNarrow);
    place.setAttribute("viewBox", `0 0 ${at.width} ${at.height}`);
    place.replaceChildren(
      svg("title", { id: "cell-alt" }),
      svg("rect", { class: "body", x: at.left, y: 30, width: at.right - at.left, height: 318, rx: 24 }),
      ...wires(at),
      round(at.f, 92, 15, "×"), round(at.g, 92, 15, "+"), round(at.g, 164, 14, "×"), round(at.t, 218, 14, "×"),
      svg("g", { class: "op" }, svg("ellipse", { cx: at.t, cy: 148, rx: 28, ry: 15 }), svg("text", { class: "small", x: at.t, y: 153 }, "tanh")),
      ...["f", "i", "g", "o"].map((name) => gate(name, at[name], at.gate)),
      ...labels(at, isNarrow));
    return true;
  };

  /** A letter with an index, as the papers write it. */
  gatewise.symbol = function (letter, index) {
    const made = element("i", "", letter);
    made.append(element("sub", "", index));
    return made;
  };
})((globalThis.gatewise ??= {}));
