// BLAKE2b with a digest of 8 bytes and no key, for words: RFC 7693, section 3. Not for secrets.
"use strict";
(function (gatewise) {
  // The fractional parts of the square roots of the first eight primes (RFC 7693, section 2.6).
  const INITIAL = BigUint64Array.of(
    0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
    0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n);
  // In which order each round takes the words of a block (section 2.7).
  const ORDER = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0]];
  const MIXES = [[0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
    [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14]];
  const ROUNDS = 12, BLOCK = 128, DIGEST = 8;

  const turned = (value, by) => (value >> by) | (value << (64n - by));

  // Numbers put into a BigUint64Array are taken modulo 2^64, which is the arithmetic wanted.
  function mix(v, [a, b, c, d], x, y) {
    v[a] += v[b] + x; v[d] = turned(v[d] ^ v[a], 32n);
    v[c] += v[d]; v[b] = turned(v[b] ^ v[c], 24n);
    v[a] += v[b] + y; v[d] = turned(v[d] ^ v[a], 16n);
    v[c] += v[d]; v[b] = turned(v[b] ^ v[c], 63n);
  }

  function compress(h, block, bytesSoFar, isLast) {
    const m = new DataView(block.buffer), v = new BigUint64Array(16);
    v.set(h); v.set(INITIAL, 8);
    v[12] ^= BigInt(bytesSoFar);
    if (isLast) v[14] = ~v[14];
    for (let round = 0; round < ROUNDS; round++) {
      const order = ORDER[round % 10];
      MIXES.forEach((places, k) =>
        mix(v, places, m.getBigUint64(8 * order[2 * k], true), m.getBigUint64(8 * order[2 * k + 1], true)));
    }
    for (let k = 0; k < 8; k++) h[k] ^= v[k] ^ v[k + 8];
  }

  /** The 8-byte BLAKE2b of a word in UTF-8, read as a little-endian number: a BigInt. */
  gatewise.blake2b = function (word) {
    const bytes = new TextEncoder().encode(word), h = INITIAL.slice();
    h[0] ^= 0x01010000n ^ BigInt(DIGEST);
    const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK));
    for (let k = 0; k < blocks; k++) {
      const block = new Uint8Array(BLOCK);
      block.set(bytes.subarray(k * BLOCK, (k + 1) * BLOCK));
      compress(h, block, Math.min(bytes.length, (k + 1) * BLOCK), k === blocks - 1);
    }
    return h[0];
  };
})((globalThis.gatewise ??= {}));
