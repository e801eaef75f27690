// What was measured, what was not, and where the answers end.
"use strict";
(function (gatewise) {
  const { element, byId } = gatewise;
  const share = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;
  const count = (value) => Math.round(value).toLocaleString("en");

  function figure(kind, value, what) {
    const place = element("div", `figure ${kind}`);
    place.append(element("b", "", value), element("span", "soft", what));
    return place;
  }

  function figures({ test, development }) {
    const part = test ?? development, split = test ? "test" : "development";
    if (!part) return [element("p", "", "How often it is right has not been measured, or its record is not there.")];
    const within = part.low === null ? "" : ` (95 % interval ${share(part.low)} to ${share(part.high)})`;
    return [
      figure("is-model", share(part.accuracy), `right on ${count(part.examples)} ${split} texts${within}`),
      part.rival === null ? figure("", "–", "no bag of words was measured beside it")
        : figure("is-rival", share(part.rival), "right by the bag-of-words rival on the same texts, which knows no order beyond three words"),
      part.ece === null ? figure("", "–", `whether its percentages hold was not measured on the ${split} texts`)
        : figure("", share(part.ece), "between how sure it is and how often it is right, on average (ECE)"),
    ];
  }

  function sentences({ facts, network, blend, temperature, vocabulary, text }) {
    const { training, confident, test, development } = facts, said = [];
    if (!test && development) said.push("No test figures are stored: those above are of texts that also chose between versions of the model, and a little too good.");
    said.push(training.source || training.examples
      ? `Trained on ${training.examples ? `${count(training.examples)} texts of ` : ""}${training.source ?? "a source that its record does not name"}. Other kinds of text are guesses: measure before you rely on them.`
      : "What it was trained on is not in its record.");
    said.push(confident
      ? `Sure and wrong: of ${count(confident.answered)} development texts that it gave ${share(confident.threshold, 0)} or more, ${count(confident.errors)} ${confident.errors === 1 ? "was" : "were"} wrong.`
      : "How often it is sure and wrong was not measured.");
    said.push("The model keeps no list of its worst errors; “gatewise evaluate” shows those of any data set.");
    if (blend) said.push(`The answer is a blend: ${share(blend.weight, 0)} of its log odds are the rival’s, ${share(1 - blend.weight, 0)} the network’s. Cell and map show the network only; holding a gate changes its part only.`);
    said.push(`Words outside its ${count(vocabulary.length - 1)} are all one to the network; here they are in italics.`);
    if (text.max_tokens) said.push(`Of longer texts the network reads ${count(text.max_tokens)} words (${text.truncation}); words cut away are struck through.`);
    said.push("What a word moved is what changed when it was read, given all before it. It is no measure of what the word means, and of two words that matter together the second gets the credit.");
    said.push(`All log odds are divided by the model’s temperature, ${temperature.toFixed(3)}, as its percentages are.`);
    if (network.classes > 2 && !network.ordinal) said.push("With more than two classes the log odds are those of the class followed against all others.");
    return said;
  }

  gatewise.showFacts = function (description) {
    const list = element("ul");
    for (const sentence of sentences(description)) list.append(element("li", "", sentence));
    byId("facts").replaceChildren(...figures(description.facts), list);
    const { model } = description.facts;
    byId("model-line").textContent = `${description.name}: ${model.description}, ${count(model.parameters)} weights, ${count(model.vocabulary_size)} words`;
    byId("made-by").textContent = `Written by ${description.written_by}.`;
  };
})((globalThis.gatewise ??= {}));
