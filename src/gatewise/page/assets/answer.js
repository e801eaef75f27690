// From hidden states to the answer: pools, head, blend with the rival, temperature.
"use strict";
(function (gatewise) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  // One logit z for two classes is the pair 0, z.
  const columns = (logits) => (logits.length === 1 ? [0, logits[0]] : Array.from(logits));
  const centred = (logits) => columns(logits).map((value, _, all) => value - mean(all));
  const softplus = (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

  /** Last, highest and mean hidden state of the words so far, [H] each. */
  gatewise.Pools = class {
    constructor(width) {
      this.count = 0;
      this.last = new Float64Array(width); this.sum = new Float64Array(width);
      this.max = new Float64Array(width).fill(-Infinity);
    }
    add(h) {
      this.count += 1;
      for (let n = 0; n < h.length; n++) {
        this.last[n] = h[n];
        this.sum[n] += h[n];
        if (h[n] > this.max[n]) this.max[n] = h[n];
      }
    }
    copy() {
      const other = new gatewise.Pools(0);
      other.count = this.count;
      for (const name of ["last", "sum", "max"]) other[name] = this[name].slice();
      return other;
    }
    /** Entry n of a part; zero while nothing has been read. */
    entry(part, n) {
      if (!this.count) return 0;
      return part === "mean" ? this.sum[n] / this.count : this[part][n];
    }
  };

  /** Logits of the network for what is pooled. */
  gatewise.networkLogits = function (model, pools) {
    const H = model.hidden, [rows, width] = model.head.shape, w = model.head.data;
    const sums = Array.from({ length: rows }, (_, row) => {
      let sum = 0;
      model.parts.forEach((part, p) => {
        for (let n = 0; n < H; n++) sum += w[row * width + p * H + n] * pools.entry(part, n);
      });
      return sum;
    });
    return model.shape.ordinal ? ordinalLogits(sums[0], model.end) : sums.map((sum, row) => sum + model.end[row]);
  };

  /** Log probabilities of classes in an order: gatewise/ops/ordinal.py. */
  function ordinalLogits(score, steps) {
    const UNIT = 10, gaps = Array.from(steps.slice(1), (step) => softplus(UNIT * step));
    const sums = [0];
    for (const gap of gaps) sums.push(sums[sums.length - 1] + gap);
    const middle = mean(sums), at = sums.map((sum) => UNIT * steps[0] + sum - middle);
    return Array.from({ length: at.length + 1 }, (_, k) => {
      const above = k > 0 ? -softplus(at[k - 1] - score) : 0;
      const below = k < at.length ? -softplus(score - at[k]) : 0;
      const between = k > 0 && k < at.length ? Math.log(-Math.expm1(-gaps[k - 1])) : 0;
      return above + below + between;
    });
  }

  /** z = (1 - weight) c(z_network) + weight (s_network / s_rival) c(z_rival): gatewise/metrics/blend.py. */
  gatewise.blended = function (network, rival, { weight, network_scale, rival_scale }) {
    const ours = centred(network), theirs = centred(rival);
    return ours.map((value, k) => (1 - weight) * value + weight * (network_scale / rival_scale) * theirs[k]);
  };

  /** Probabilities [K] and log odds [K] of logits; calibrated by the temperature. */
  gatewise.answer = function (logits, temperature) {
    const z = columns(logits).map((value) => value / temperature);
    const odds = z.map((value, k) => value - logSum(z.filter((_, other) => other !== k)));
    return { odds, probabilities: odds.map((odd) => 1 / (1 + Math.exp(-odd))) };
  };

  function logSum(values) {
    const highest = Math.max(...values);
    return highest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - highest), 0));
  }
})((globalThis.gatewise ??= {}));
