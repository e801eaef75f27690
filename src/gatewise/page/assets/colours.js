// The colours of the page for what is drawn on a canvas: they follow light and dark.
"use strict";
(function (gatewise) {
  /** The value of a colour of style.css. */
  gatewise.colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  /** Red, green and blue of a colour written #rrggbb. */
  const parts = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
  const STEPS = 255;

  /**
   * Colours for numbers: [256][3], from the lowest to the highest.
   * @param {boolean} isSigned - from orange through the ground to blue; else from the ground to blue.
   */
  gatewise.ramp = function (isSigned) {
    const [ground, high, low] = ["panel", "toward", "against"].map((name) => parts(gatewise.colour(name)));
    return Array.from({ length: STEPS + 1 }, (_, k) => {
      const share = isSigned ? (2 * k) / STEPS - 1 : k / STEPS, end = share < 0 ? low : high;
      return ground.map((value, c) => Math.round(value + Math.abs(share) * (end[c] - value)));
    });
  };

  /** A canvas as wide and high as it is shown, in the pixels of the screen. */
  gatewise.fit = function (canvas) {
    const { width, height } = canvas.getBoundingClientRect(), scale = devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    return { context, width, height };
  };

  /** An element with a class and text; text is only ever text. */
  gatewise.element = function (tag, classes = "", text = "") {
    const made = document.createElement(tag);
    if (classes) made.className = classes;
    if (text !== "") made.textContent = text;
    return made;
  };
  gatewise.byId = (id) => document.getElementById(id);

  // Numbers as the page writes them, with a true minus.
  gatewise.signed = (value, digits = 2) => {
    const said = Math.abs(value).toFixed(digits);
    return (value < 0 && Number(said) !== 0 ? "−" : "+") + said;
  };
  gatewise.number = (value, digits = 2) => {
    const said = Math.abs(value).toFixed(digits);
    return value < 0 && Number(said) !== 0 ? `−${said}` : said;
  };
  gatewise.percent = (share) => {
    if (share > 0.9995 && share < 1) return "> 99.9 %";
    return share < 0.0005 && share > 0 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
  };
  gatewise.quoted = (word) => `“${word.length > 40 ? `${word.slice(0, 39)}…` : word}”`;
})((globalThis.gatewise ??= {}));
