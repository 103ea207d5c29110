// Proof of work: finds a nonce so that SHA-256 of text + nonce begins with `bits` zero bits.
// SHA-256 is our own because the browser's is asynchronous, far too slow for one small block at a time.
"use strict";

const K = new Int32Array(64);
const START = new Int32Array(8);

(function constants() {
  // The first 32 bits of the fractional parts of the cube (K) and square (START) roots of the first primes.
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) | 0;
  for (let n = 2, found = 0; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n && prime; d++) prime = n % d !== 0;
    if (!prime) continue;
    if (found < 8) START[found] = fraction(Math.sqrt(n));
    K[found++] = fraction(Math.cbrt(n));
  }
})();

const W = new Int32Array(64);

function compress(state, bytes, at) {
  for (let i = 0; i < 16; i++, at += 4) {
    W[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = W[i - 15], y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + t1) | 0;
    d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

// A search over one constant beginning: its whole blocks are hashed once.
function searcher(text) {
  const begin = START.slice();
  const whole = text.length - (text.length % 64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  for (let at = 0; at < whole; at += 64) compress(begin, bytes, at);
  const rest = bytes.subarray(whole);
  const tail = new Uint8Array(192);
  const state = new Int32Array(8);
  return function digest(nonce) {
    tail.fill(0);
    tail.set(rest);
    let length = rest.length;
    for (let i = 0; i < nonce.length; i++) tail[length++] = nonce.charCodeAt(i);
    const bits = (whole + length) * 8;
    tail[length] = 0x80;
    const blocks = length + 9 <= 64 ? 64 : length + 9 <= 128 ? 128 : 192;
    for (let i = 0; i < 4; i++) tail[blocks - 1 - i] = bits >>> (8 * i);
    state.set(begin);
    for (let at = 0; at < blocks; at += 64) compress(state, tail, at);
    return state;
  };
}

function solve(text, bits) {
  const digest = searcher(text);
  for (let number = 0; ; number++) {
    const nonce = String(number);
    if (Math.clz32(digest(nonce)[0]) >= bits) return nonce;
  }
}

if (typeof WorkerGlobalScope !== "undefined") {
  self.onmessage = (event) => self.postMessage(solve(event.data.text, event.data.bits));
} else if (typeof module !== "undefined") {
  module.exports = { searcher, solve };
}
