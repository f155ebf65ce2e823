// Ed25519 (RFC 8032) by the browser's own WebCrypto, under the one strict rule of the ledger.
//
// Implementations part on edge cases ("Taming the many EdDSAs", https://eprint.iacr.org/2020/1244). The rule here is
// libsodium's: S below the group order, key in its one spelling and not of small order, R not of small order, and the
// equation without cofactor. What a browser may leave out of that is checked before it is asked.

import { ProofError, fromHex, sameBytes } from "./bytes.js";

// Little-endian, as points and scalars are written.
const GROUP_ORDER = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
const FIELD_PRIME = fromHex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
// The y coordinates of the eight points of small order, sign bit cleared (table 1 of the paper).
const SMALL_ORDER = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
].map(fromHex);

function isBelow(number, limit) {
  for (let at = number.length - 1; at >= 0; at -= 1) {
    if (number[at] !== limit[at]) return number[at] < limit[at];
  }
  return false;
}

function isUsablePoint(point) {
  const y = point.slice();
  y[31] &= 0x7f;
  return isBelow(y, FIELD_PRIME) && !SMALL_ORDER.some((small) => sameBytes(small, y));
}

/** Whether this is the key's signature over the message. Throws the part "browser" if the browser cannot tell. */
export async function verifyEd25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const [point, scalar] = [signature.slice(0, 32), signature.slice(32)];
  if (!isBelow(scalar, GROUP_ORDER) || !isUsablePoint(key) || !isUsablePoint(point)) return false;
  if (!globalThis.crypto?.subtle) throw new ProofError("browser");
  try {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  } catch (error) {
    if (error.name === "NotSupportedError") throw new ProofError("browser");
    if (error.name === "DataError" || error.name === "OperationError") return false; // The key is no point.
    throw error;
  }
}
