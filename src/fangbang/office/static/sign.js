// Signs a document with a key file that stays in this browser. Reads encrypted PKCS#8 (RFC 5958) with PBES2 (RFC 8018):
// AES-256-CBC under scrypt (RFC 7914) or PBKDF2-HMAC-SHA-256, as `fangbang operator` and OpenSSL write them. Everything
// that WebCrypto has is WebCrypto's; scrypt's memory-hard middle is below, since browsers lack it.
"use strict";

class SignError extends Error {
  constructor(problem) {
    super(problem);
    this.problem = problem;
  }
}

const encoder = new TextEncoder();
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

// ---- DER: as much of it as a key file has ----

function readDer(bytes) {
  const nodes = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at++];
    let length = bytes[at++];
    if (length & 0x80) {
      let more = length & 0x7f;
      for (length = 0; more > 0; more--) length = length * 256 + bytes[at++];
    }
    if (!(at + length <= bytes.length)) throw new SignError("key");
    const value = bytes.subarray(at, at + length);
    nodes.push(tag === 0x30 ? readDer(value) : { tag, value });
    at += length;
  }
  return nodes;
}

const oid = (node) => hex(node.value);
const number = (node) => node.value.reduce((all, byte) => all * 256 + byte, 0);

const OID = {
  pbes2: "2a864886f70d01050d",
  pbkdf2: "2a864886f70d01050c",
  scrypt: "2b06010401da47040b",
  hmacSha256: "2a864886f70d0209",
  aes256Cbc: "60864801650304012a",
};

// ---- scrypt ----

const rotate = (word, by) => (word << by) | (word >>> (32 - by));

function salsa20_8(block) {
  const x = Uint32Array.from(block);
  const turn = (a, b, c, d) => {
    x[b] ^= rotate(x[a] + x[d], 7);
    x[c] ^= rotate(x[b] + x[a], 9);
    x[d] ^= rotate(x[c] + x[b], 13);
    x[a] ^= rotate(x[d] + x[c], 18);
  };
  for (let round = 0; round < 8; round += 2) {
    turn(0, 4, 8, 12); turn(5, 9, 13, 1); turn(10, 14, 2, 6); turn(15, 3, 7, 11);
    turn(0, 1, 2, 3); turn(5, 6, 7, 4); turn(10, 11, 8, 9); turn(15, 12, 13, 14);
  }
  for (let i = 0; i < 16; i++) block[i] += x[i];
}

function mixBlocks(b, r, out) {
  const x = b.slice((2 * r - 1) * 16, 2 * r * 16);
  for (let i = 0; i < 2 * r; i++) {
    for (let j = 0; j < 16; j++) x[j] ^= b[i * 16 + j];
    salsa20_8(x);
    out.set(x, ((i >> 1) + (i & 1) * r) * 16);
  }
}

function romix(bytes, n, r) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = 32 * r;
  let x = new Uint32Array(size);
  let y = new Uint32Array(size);
  for (let i = 0; i < size; i++) x[i] = view.getUint32(4 * i, true);
  const v = new Uint32Array(size * n);
  for (let i = 0; i < n; i++) {
    v.set(x, i * size);
    mixBlocks(x, r, y);
    [x, y] = [y, x];
  }
  for (let i = 0; i < n; i++) {
    const j = x[(2 * r - 1) * 16] & (n - 1);
    for (let k = 0; k < size; k++) x[k] ^= v[j * size + k];
    mixBlocks(x, r, y);
    [x, y] = [y, x];
  }
  for (let i = 0; i < size; i++) view.setUint32(4 * i, x[i], true);
}

async function pbkdf2(secret, salt, iterations, length) {
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 8 * length);
  return new Uint8Array(bits);
}

async function scrypt(secret, salt, n, r, p, length) {
  if (n < 2 || n & (n - 1) || 128 * n * r > 2 ** 28 || p < 1 || p > 64) throw new SignError("key");
  const blocks = await pbkdf2(secret, salt, 1, p * 128 * r);
  for (let i = 0; i < p; i++) romix(blocks.subarray(i * 128 * r, (i + 1) * 128 * r), n, r);
  return pbkdf2(secret, blocks, 1, length);
}

// ---- the key file ----

async function derived(kdf, secret) {
  const [kind, given] = kdf;
  if (oid(kind) === OID.scrypt) {
    return scrypt(secret, given[0].value, number(given[1]), number(given[2]), number(given[3]), 32);
  }
  if (oid(kind) === OID.pbkdf2) {
    const digest = given.find(Array.isArray);
    if (digest && oid(digest[0]) === OID.hmacSha256) return pbkdf2(secret, given[0].value, number(given[1]), 32);
  }
  throw new SignError("key");
}

async function openKey(pem, passphrase) {
  const inside = /-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(pem);
  if (!inside) throw new SignError("key");
  let parts;
  try {
    const der = Uint8Array.from(atob(inside[1].replace(/\s/g, "")), (c) => c.charCodeAt(0));
    const [[[scheme, [kdf, cipher]], data]] = readDer(der);
    if (oid(scheme) !== OID.pbes2 || oid(cipher[0]) !== OID.aes256Cbc) throw new SignError("key");
    parts = { kdf, iv: cipher[1].value, data: data.value };
  } catch {
    throw new SignError("key");
  }
  const raw = await derived(parts.kdf, encoder.encode(passphrase));
  try {
    const key = await crypto.subtle.importKey("raw", raw, "AES-CBC", false, ["decrypt"]);
    const plain = await crypto.subtle.decrypt({ name: "AES-CBC", iv: parts.iv }, key, parts.data);
    return await crypto.subtle.importKey("pkcs8", plain, "Ed25519", true, ["sign"]);
  } catch {
    throw new SignError("passphrase");
  }
}

// ---- the signature ----

async function sign(form, pem, passphrase) {
  const { document: text, hash, operator } = form.dataset;
  if ((await sha256(encoder.encode(text))) !== hash) throw new SignError("document");
  const key = await openKey(pem, passphrase);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = Uint8Array.from(atob(x.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const message = JSON.stringify({ document: hash, format: "fangbang-signature/1", operator });
  const signature = await crypto.subtle.sign("Ed25519", key, encoder.encode(message));
  form.elements.key_id.value = (await sha256(publicKey)).slice(0, 32);
  form.elements.signature.value = hex(signature);
}

async function canSign() {
  try {
    return Boolean(await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]));
  } catch {
    return false;
  }
}

for (const form of document.querySelectorAll("form[data-sign]")) {
  canSign().then((able) => (form.hidden = !able));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const passphrase = document.getElementById("passphrase");
    const working = form.querySelector(".working");
    for (const told of form.querySelectorAll("[data-problem]")) told.hidden = true;
    working.hidden = false;
    await new Promise((resolve) => setTimeout(resolve, 30)); // lets the line above be painted
    try {
      await sign(form, await document.getElementById("key").files[0].text(), passphrase.value);
      passphrase.value = "";
      form.submit();
    } catch (error) {
      const problem = error instanceof SignError ? error.problem : "key";
      form.querySelector(`[data-problem=${problem}]`).hidden = false;
    } finally {
      working.hidden = true;
    }
  });
}
