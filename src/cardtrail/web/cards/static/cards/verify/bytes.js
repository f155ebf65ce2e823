// Bytes: spellings, hashes, and the one error that every check here raises.

/** A proof does not hold. `part` names the piece that did not fit, in the same words as the Python verifier. */
export class ProofError extends Error {
  constructor(part) {
    super(part);
    this.part = part;
  }
}

export const HASH_SIZE = 32;
export const NO_BYTES = new Uint8Array();

const utf8Encoder = new TextEncoder();
// Fatal: bytes that are no UTF-8 are refused, not mended. A byte order mark is a character like any other.
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const toUtf8 = (text) => utf8Encoder.encode(text);

/** The text that the bytes spell. Throws TypeError if they are not UTF-8. */
export const fromUtf8 = (bytes) => utf8Decoder.decode(bytes);

export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const sameBytes = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** The bytes behind their one standard spelling (padded, unused bits zero); null for anything else. */
export function fromBase64(text) {
  let raw;
  try {
    raw = atob(text);
  } catch {
    return null;
  }
  return btoa(raw) === text ? Uint8Array.from(raw, (char) => char.charCodeAt(0)) : null;
}

/** SHA-256 by the browser. Throws the part "browser" where the page is not allowed to use it. */
export async function sha256(...parts) {
  if (!globalThis.crypto?.subtle) throw new ProofError("browser");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}
