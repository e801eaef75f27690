// A model as the page loads it: what model.json says, and the tensors of two safetensors files.
"use strict";
(function (gatewise) {
  const KINDS = { I8: Int8Array, I32: Int32Array, F16: Uint16Array, F32: Float32Array };

  /** One float16 number from its bits. */
  function fromHalf(bits) {
    const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  }

  /** The tensors of a safetensors file by name: {shape, data}, float16 widened to float32. */
  gatewise.readTensors = function (buffer) {
    const length = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
    const tensors = {};
    for (const [name, { dtype, shape, data_offsets: [begin, end] }] of Object.entries(header)) {
      // slice, since a view must begin at a multiple of its numbers' size.
      const data = new KINDS[dtype](buffer.slice(8 + length + begin, 8 + length + end));
      tensors[name] = { shape, data: dtype === "F16" ? Float32Array.from(data, fromHalf) : data };
    }
    return tensors;
  };

  /** A trained model: words, layers, head, and the rival where the answer is a blend. */
  gatewise.Model = class {
    /**
     * @param {object} description - model.json.
     * @param {ArrayBuffer} weights - model.safetensors.
     * @param {?ArrayBuffer} rival - rival.safetensors, of a blend.
     */
    constructor(description, weights, rival) {
      const tensors = gatewise.readTensors(weights);
      this.description = description;
      this.labels = description.labels;
      this.shape = description.network;
      this.ids = new Map(description.vocabulary.map((word, id) => [word, id]));
      this.words = new gatewise.WordVectors(tensors["embedding.weight"], tensors["embedding.weight.scale"]);
      this.layers = Array.from({ length: this.shape.layers }, (_, k) => new gatewise.LSTM(
        tensors[`encoder.weight_ih_l${k}`], tensors[`encoder.weight_hh_l${k}`],
        tensors[`encoder.bias_ih_l${k}`], tensors[`encoder.bias_hh_l${k}`]));
      this.parts = this.shape.pooling.split("+");
      this.head = tensors["head.weight"];
      this.end = (tensors["head.steps"] ?? tensors["head.bias"]).data;
      this.rival = rival ? new gatewise.Rival(gatewise.readTensors(rival)) : null;
      this.table = new Map();
    }

    get hidden() { return this.shape.hidden_size; }

    /** W x + b of the first layer for a word: the same wherever the word stands, so worked out once. */
    projected(id) {
      let gates = this.table.get(id);
      if (!gates) this.table.set(id, (gates = this.layers[0].project(this.words.row(id))));
      return gates;
    }

    /**
     * The words of a text, and which of them the network reads.
     * @returns {{word, start, end, id: ?number, isKnown: boolean}[]} id is null for a word that is cut away.
     */
    encode(text) {
      const words = gatewise.tokenize(text), { max_tokens: most, truncation } = this.description.text;
      const isCut = most > 0 && words.length > most;
      const head = { none: 0, head: most, tail: 0, "head+tail": Math.floor(most / 4) }[truncation];
      return words.map((word, k) => {
        const isRead = !isCut || k < head || words.length - k <= most - head;
        const id = this.ids.get(word.word);
        return { ...word, id: isRead ? id ?? 0 : null, isKnown: id !== undefined && id !== 0 };
      });
    }

    /** How much each unit of the last layer moves the score of a class, [H]: its weights, over all pools. */
    unitWeights(label) {
      const H = this.hidden, [rows, width] = this.head.shape, w = this.head.data, weights = new Float64Array(H);
      for (let row = 0; row < rows; row++) {
        // Of one class against the mean of the others; with a single row its sign says for which of two classes.
        const share = this.shape.ordinal ? 1 : rows === 1 ? (label ? 1 : -1) : row === label ? 1 : -1 / (rows - 1);
        for (let k = 0; k < width; k++) weights[k % H] += share * w[row * width + k];
      }
      return weights;
    }
  };

  /** Word vectors, as they are stored: in 8 bits with a scale a row, or as numbers. */
  gatewise.WordVectors = class {
    constructor({ shape, data }, scale) {
      this.width = shape[1]; this.data = data; this.scale = scale?.data;
    }
    row(id) {
      const row = Float32Array.from(this.data.subarray(id * this.width, (id + 1) * this.width));
      return this.scale ? row.map((value) => value * this.scale[id]) : row;
    }
  };
})((globalThis.gatewise ??= {}));
