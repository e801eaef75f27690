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
})((globalThis.gatewise ??= {}));
