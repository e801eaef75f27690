// Texts to begin with, written for this page.
"use strict";
(function (gatewise) {
  gatewise.EXAMPLES = [
    { name: "A turn", text: "The first half hour is slow, the jokes are tired and the hero is hard to like; I was ready to leave. Then the sister walks in, and everything changes. From there on it is a wonderful film: tense, funny, superbly acted and honestly moving. I loved it, and I have been back twice." },
    { name: "Faint praise", text: "The photography is lovely and the cast does what it can. But nobody wrote them a story: scene follows scene, nothing is at stake, and after an hour I stopped caring who lived. A pretty, empty film." },
    { name: "Not bad", text: "This is not a bad film. It isn't clever and it is never in a hurry, but I wasn't bored for a minute, and I would not hesitate to see it again." },
    { name: "Irony", text: "Oh, wonderful: another two hours of men shouting at computers. The dialogue is a triumph of the copy machine, and the ending, which you will have guessed by the second minute, takes forever to arrive. 2/10" },
    { name: "Short", text: "A warm, funny, beautifully acted little film." },
  ];

  // Sentences of kinds that small models stumble over, with the class that is meant; for models with these two classes.
  gatewise.HARD = [
    { kind: "double negation", text: "I can't say I didn't enjoy it.", meant: "pos" },
    { kind: "negation from afar", text: "I do not believe that anyone who has read the novel will find this version good.", meant: "neg" },
    { kind: "without", text: "A biography without a single dull page.", meant: "pos" },
    { kind: "praise that is none", text: "I loved the part where the lights came on and we could go home.", meant: "neg" },
    { kind: "deadpan", text: "The actor shows his full range, from blank to slightly blank.", meant: "neg" },
    { kind: "blame that is none", text: "My only regret is that I cannot see it again for the first time.", meant: "pos" },
    { kind: "expectation", text: "I expected a gem and got rubbish.", meant: "neg" },
    { kind: "change", text: "The service used to be terrible; now it is great.", meant: "pos" },
    { kind: "an emoji decides", text: "Well, what a great film 🙄", meant: "neg" },
  ];
})((globalThis.gatewise ??= {}));
