// The classes with their probabilities, and the one that is followed.
"use strict";
(function (gatewise) {
  const { element } = gatewise;

  gatewise.Classes = class {
    /**
     * @param {HTMLElement} place
     * @param {(string|number)[]} labels
     * @param {function(number)} onFollow - called with the number of the class to follow.
     */
    constructor(place, labels, onFollow) {
      this.labels = labels;
      this.rows = labels.map((label, k) => {
        const row = element("label"), choice = element("input"), bar = element("span", "bar");
        choice.type = "radio"; choice.name = "followed"; choice.value = k;
        choice.onchange = () => onFollow(k);
        const level = element("i"), share = element("span", "share"), name = element("span", "label", String(label));
        name.title = String(label);
        bar.append(level);
        row.append(choice, name, bar, share);
        return { row, choice, level, share };
      });
      place.replaceChildren(...this.rows.map(({ row }) => row));
    }

    /** Say which class is followed, everywhere on the page. */
    follow(label) {
      this.rows.forEach(({ row, choice }, k) => {
        row.classList.toggle("is-followed", k === label);
        choice.checked = k === label;
      });
      for (const place of document.querySelectorAll(".followed")) place.textContent = String(this.labels[label]);
    }

    show(reading, t) {
      this.rows.forEach(({ level, share }, k) => {
        const probability = reading.probability(t, k);
        level.style.setProperty("--share", probability.toFixed(4));
        share.textContent = gatewise.percent(probability);
      });
    }
  };
})((globalThis.gatewise ??= {}));
