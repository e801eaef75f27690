// The model: from beside the page, or from within it where the page is one file.
"use strict";
(function (gatewise) {
  function fromBase64(text) {
    const binary = atob(text), bytes = new Uint8Array(binary.length);
    for (let k = 0; k < binary.length; k++) bytes[k] = binary.charCodeAt(k);
    return bytes.buffer;
  }

  /** The bytes of a file of the model. */
  async function bytes(name) {
    const inside = document.getElementById(`file-${name}`);
    if (inside) return fromBase64(inside.textContent.trim());
    const answer = await fetch(`page/${name}`);
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    return answer.arrayBuffer();
  }

  /** The model of this page. */
  gatewise.load = async function () {
    const description = JSON.parse(new TextDecoder().decode(await bytes("model.json")));
    const [weights, rival] = await Promise.all([bytes("model.safetensors"), description.blend ? bytes("rival.safetensors") : null]);
    return new gatewise.Model(description, weights, rival);
  };
})((globalThis.gatewise ??= {}));
