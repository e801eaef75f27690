// The bag-of-words rival word by word: gatewise/baseline/ngrams.py and running.py.
"use strict";
(function (gatewise) {
  const LONGEST = 3, BUCKETS = 2n ** 31n - 1n;
  const STEP = 0x9e3779b97f4a7c15n, FIRST = 0xbf58476d1ce4e5b9n, SECOND = 0x94d049bb133111ebn;
  const in64 = (value) => BigInt.asUintN(64, value);

  /** The finaliser of splitmix64. */
  function mixed(value) {
    value = in64((value ^ (value >> 30n)) * FIRST);
    value = in64((value ^ (value >> 27n)) * SECOND);
    return value ^ (value >> 31n);
  }

  /** Place of `key` among rising `keys`, or -1. */
  function find(keys, key) {
    let low = 0, high = keys.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (keys[middle] === key) return middle;
      if (keys[middle] < key) low = middle + 1; else high = middle - 1;
    }
    return -1;
  }

  /** The n-grams that a rival knows, and what they weigh; the hash of a word is worked out once. */
  gatewise.Rival = class {
    /** @param {{keys, weights, bias}} tensors - as model.js reads them. */
    constructor({ keys, weights, bias }) {
      this.keys = keys.data; this.weights = weights.data; this.bias = bias.data;
      this.hashes = new Map();
    }
    hash(word) {
      let hash = this.hashes.get(word);
      if (hash === undefined) this.hashes.set(word, (hash = gatewise.blake2b(word)));
      return hash;
    }
  };

  /** The rival's logits while one text is read. Every n-gram counts once. */
  gatewise.RunningRival = class {
    constructor(rival) {
      this.rival = rival; this.met = new Set(); this.before = [];
      this.logits = Float64Array.from(rival.bias);
    }
    /** Read one word; `logits` are then those of the text so far. */
    push(word) {
      const { keys, weights } = this.rival, hash = this.rival.hash(word);
      // Of the n-grams that end at this word, the shortest first.
      this.before = [0n, ...this.before.slice(0, LONGEST - 1)].map((shorter) => mixed(in64(shorter * STEP + hash)));
      for (const ngram of this.before) {
        const column = find(keys, Number(ngram % BUCKETS));
        if (column < 0 || this.met.has(column)) continue;
        this.met.add(column);
        this.logits.forEach((_, k) => { this.logits[k] += weights[k * keys.length + column]; });
      }
    }
  };
})((globalThis.gatewise ??= {}));
