// Makes a signing key in this browser: the file that `fangbang operator key` would write (PKCS#8 under PBES2, scrypt and
// AES-256-CBC) and the line with which an administrator enrols its public half. Nothing is sent. Needs sign.js.
"use strict";

const COST = { n: 1 << 14, r: 8, p: 5 };
const ENROLMENT = "fangbang-enrolment/1";

const fromHex = (text) => Uint8Array.from(text.match(/../g), (two) => parseInt(two, 16));

function der(tag, ...parts) {
  const content = parts.flatMap((part) => [...part]);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Uint8Array.from([tag, ...(length.length > 1 && length[1] === 0 ? [0x81, length[2]] : length), ...content]);
}

const sequence = (...parts) => der(0x30, ...parts);
const octets = (bytes) => der(0x04, bytes);
const identifier = (text) => der(0x06, fromHex(text));

function integer(value) {
  const bytes = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return der(0x02, bytes[0] & 0x80 ? [0, ...bytes] : bytes);
}

async function keyFile(privateKey, passphrase) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const raw = await scrypt(encoder.encode(passphrase), salt, COST.n, COST.r, COST.p, 32);
  const secret = await crypto.subtle.importKey("raw", raw, "AES-CBC", false, ["encrypt"]);
  const plain = await crypto.subtle.exportKey("pkcs8", privateKey);
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, secret, plain));
  const kdf = sequence(
    identifier(OID.scrypt), sequence(octets(salt), integer(COST.n), integer(COST.r), integer(COST.p)),
  );
  const scheme = sequence(identifier(OID.aes256Cbc), octets(iv));
  const info = sequence(sequence(identifier(OID.pbes2), sequence(kdf, scheme)), octets(data));
  const lines = btoa(String.fromCharCode(...info)).match(/.{1,64}/g);
  return ["-----BEGIN ENCRYPTED PRIVATE KEY-----", ...lines, "-----END ENCRYPTED PRIVATE KEY-----", ""].join("\n");
}

async function enrolment(pair, operator) {
  const publicKey = hex(await crypto.subtle.exportKey("raw", pair.publicKey));
  const message = JSON.stringify({ format: ENROLMENT, operator, public_key: publicKey });
  const proof = hex(await crypto.subtle.sign("Ed25519", pair.privateKey, encoder.encode(message)));
  const id = (await sha256(fromHex(publicKey))).slice(0, 32);
  return { id, line: `${ENROLMENT} ${operator} ${publicKey} ${proof}` };
}

for (const form of document.querySelectorAll("form[data-make-key]")) {
  const { operator, least } = form.dataset;
  const tell = (key) => form.querySelectorAll("[data-problem]").forEach((it) => (it.hidden = it.dataset.problem !== key));
  canSign().then((able) => {
    form.hidden = !able;
    document.querySelector("[data-unable]").hidden = able;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { passphrase, again } = form.elements;
    if ([...passphrase.value].length < Number(least)) return tell("short");
    if (passphrase.value !== again.value) return tell("different");
    tell("");
    const working = form.querySelector(".working");
    working.hidden = false;
    await new Promise((resolve) => setTimeout(resolve, 30)); // lets the line above be painted
    let file, told;
    try {
      const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
      file = await keyFile(pair.privateKey, passphrase.value);
      told = await enrolment(pair, operator);
    } catch {
      return tell("failed");
    } finally {
      working.hidden = true;
    }
    passphrase.value = again.value = "";
    const made = document.querySelector("[data-made]");
    const link = made.querySelector("a[download]");
    link.href = URL.createObjectURL(new Blob([file], { type: "application/x-pem-file" }));
    link.download = `${operator}-${told.id.slice(0, 8)}.pem`;
    link.textContent = link.download;
    made.querySelector("[data-id]").textContent = told.id;
    made.querySelector("textarea").value = told.line;
    form.hidden = true;
    made.hidden = false;
    made.querySelector("h2").focus();
  });
}
