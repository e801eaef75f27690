// Hard sentences: what the model says of each, once somebody asks.
"use strict";
(function (gatewise) {
  const { byId, element, percent } = gatewise;

  /** What the model answers to a text: the likeliest class and its probability. */
  gatewise.answerTo = function (model, text) {
    const reading = new gatewise.Reading(model, model.encode(text)).finish();
    const label = gatewise.likeliest(reading);
    return { label, share: reading.probability(reading.length, model.labels.map(String).indexOf(label)) };
  };

  /** A sentence as a button, its kind, and room for the verdict. */
  function sentence({ kind, text, meant }, model, onChoose) {
    const place = element("li"), button = element("button", "", text), verdict = element("span", "verdict");
    button.type = "button";
    verdict.setAttribute("role", "status");
    button.onclick = () => {
      const { label, share } = gatewise.answerTo(model, text), isRight = label === meant;
      verdict.className = `verdict ${isRight ? "is-right" : "is-wrong"}`;
      verdict.textContent = `${isRight ? "Right" : "Wrong"}: meant ${meant}, it says ${label} ${percent(share)}.`;
      onChoose(text);
    };
    place.append(button, element("span", "soft", kind), verdict);
    return place;
  }

  /**
   * The list; only for a model of English praise and blame, which has the two classes that are meant.
   * @param {function(string)} onChoose - called with the sentence chosen.
   */
  gatewise.showHard = function (model, onChoose) {
    const labels = new Set(model.labels.map(String));
    byId("hard").hidden = labels.size !== 2 || !gatewise.HARD.every(({ meant }) => labels.has(meant));
    byId("hard-list").replaceChildren(...gatewise.HARD.map((one) => sentence(one, model, onChoose)));
  };
})((globalThis.gatewise ??= {}));
