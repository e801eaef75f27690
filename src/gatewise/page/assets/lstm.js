// One layer of the network: Hochreiter and Schmidhuber 1997, with the forget gate of Gers, Schmidhuber and Cummins 2000.
"use strict";
(function (gatewise) {
  const sigmoid = (z) => 1 / (1 + Math.exp(-z));
  /** The order in which the stored weights have the gates. */
  gatewise.GATES = ["i", "f", "g", "o"];

  /** The product of a row of a matrix with a vector; four sums, which an engine can work on side by side. */
  function dot(matrix, begin, vector, n) {
    let a = 0, b = 0, c = 0, d = 0, k = 0;
    for (; k + 3 < n; k += 4) {
      a += matrix[begin + k] * vector[k];
      b += matrix[begin + k + 1] * vector[k + 1];
      c += matrix[begin + k + 2] * vector[k + 2];
      d += matrix[begin + k + 3] * vector[k + 3];
    }
    for (; k < n; k++) a += matrix[begin + k] * vector[k];
    return a + b + (c + d);
  }

  gatewise.LSTM = class {
    /** W_ih [4H, I], W_hh [4H, H], b_ih and b_hh [4H] (or no b_hh), gates in the order i f g o. */
    constructor(W_ih, W_hh, b_ih, b_hh) {
      this.W = W_ih.data; this.U = W_hh.data;
      this.I = W_ih.shape[1]; this.H = W_hh.shape[1];
      this.b = b_ih.data.map((value, k) => value + (b_hh ? b_hh.data[k] : 0));
    }

    /** W x + b, [4H]. */
    project(x) {
      return this.b.map((bias, row) => bias + dot(this.W, row * this.I, x, this.I));
    }

    /**
     * One word.
     *
     *   i = σ(W_i x + U_i h + b_i)   f = σ(W_f x + U_f h + b_f)   o = σ(W_o x + U_o h + b_o)
     *   g = tanh(W_g x + U_g h + b_g)
     *   c' = f c + i g
     *   h' = o tanh(c')
     *
     * @param {Float32Array} Wx - W x + b, [4H].
     * @param {{h, c}} before - the state, [H] each.
     * @param {{i, f, g, o, c, h}} out - [H] each, filled.
     * @param {?{gate, unit: ?number, value}} force - a gate held at a value, of one unit or (null) of all.
     */
    step(Wx, before, out, force) {
      const { H, U } = this;
      for (let n = 0; n < H; n++) {
        let i = sigmoid(Wx[n] + dot(U, n * H, before.h, H));
        let f = sigmoid(Wx[H + n] + dot(U, (H + n) * H, before.h, H));
        const g = Math.tanh(Wx[2 * H + n] + dot(U, (2 * H + n) * H, before.h, H));
        let o = sigmoid(Wx[3 * H + n] + dot(U, (3 * H + n) * H, before.h, H));
        if (force && (force.unit === null || force.unit === n)) {
          if (force.gate === "i") i = force.value;
          if (force.gate === "f") f = force.value;
          if (force.gate === "o") o = force.value;
        }
        out.i[n] = i; out.f[n] = f; out.g[n] = g; out.o[n] = o;
        out.c[n] = f * before.c[n] + i * g;
        out.h[n] = o * Math.tanh(out.c[n]);
      }
    }

    /** What goes into one gate of one unit: of the word, of the memory, and the bias; their sum is its z. */
    inputs(gate, unit, x, h) {
      const row = gatewise.GATES.indexOf(gate) * this.H + unit;
      return { word: dot(this.W, row * this.I, x, this.I), memory: dot(this.U, row * this.H, h, this.H), bias: this.b[row] };
    }
  };
})((globalThis.gatewise ??= {}));
