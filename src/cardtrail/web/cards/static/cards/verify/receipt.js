// Receipts (c2sp.org/tlog-proof with the entry as its extra data), and entries taken apart.

import { HASH_SIZE, ProofError, fromBase64, join, sameBytes, sha256, toUtf8 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { Malformed, decode } from "./msgpack.js";
import { cut, openCheckpoint, parseDecimal } from "./note.js";
import { BODY, ENTRY, SIGNED } from "./records.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_PATH_LENGTH = 63;
const MAX_INDEX = 2n ** 63n - 2n;
const COMMAND_DOMAIN = toUtf8("cardtrail/v1/command\0");

/** `{extra, index, path, note}` of a proof file, none of it verified. Throws the part "receipt". */
export function parseProofFile(text) {
  const [head, note] = cut(text, "\n\n");
  const [header, ...lines] = head.split("\n");
  const field = (name) => (lines[0]?.startsWith(`${name} `) ? lines.shift().slice(name.length + 1) : null);
  const extraText = field("extra");
  const extra = extraText === null ? null : fromBase64(extraText);
  const index = parseDecimal(field("index") ?? "");
  const path = lines.map(fromBase64);
  const isProof =
    header === HEADER &&
    (extraText === null || extra !== null) &&
    index !== null &&
    index <= MAX_INDEX &&
    path.length <= MAX_PATH_LENGTH &&
    path.every((node) => node?.length === HASH_SIZE) &&
    note?.endsWith("\n");
  if (!isProof) throw new ProofError("receipt");
  return { extra, index, path, note };
}

/** The record in these bytes; throws the given part if they are not its canonical spelling. */
export function decodeOr(part, shape, bytes) {
  try {
    return decode(shape, bytes);
  } catch (error) {
    if (error instanceof Malformed) throw new ProofError(part);
    throw error;
  }
}

/** An entry taken apart, its command's signatures verified. That it is in a log is another question. */
export async function readEntry(index, data) {
  const { time, signed } = decodeOr("entry", ENTRY, data);
  const { body: bytes, signatures } = decodeOr("entry", SIGNED, signed);
  const body = decodeOr("entry", BODY, bytes);
  // Only the node's own seals go unsigned: the checkpoint that ends with one is signed.
  if (!signatures.length && body.kind !== "seal") throw new ProofError("command signature");
  const message = join(COMMAND_DOMAIN, bytes);
  for (const by of signatures) {
    if (!(await verifyEd25519(by.key, message, by.signature))) throw new ProofError("command signature");
  }
  return { index, time, id: await sha256(bytes), body, signers: signatures.map((by) => by.key) };
}

export function checkNetwork(body, network) {
  if (network && !sameBytes(body.network, network)) throw new ProofError("network");
}

/**
 * `{entry, checkpoint, note}` that a receipt proves. `index`, `id`, `network`: what was asked for, where it is known.
 */
export async function verifyReceipt(text, vkey, { index = null, id = null, network = null } = {}) {
  const proof = parseProofFile(text);
  if (proof.extra === null) throw new ProofError("receipt");
  const checkpoint = await openCheckpoint(proof.note, vkey);
  const leaf = await leafHash(proof.extra);
  if (!(await verifyInclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root))) {
    throw new ProofError("inclusion path");
  }
  const entry = await readEntry(proof.index, proof.extra);
  if (index !== null && entry.index !== index) throw new ProofError("index");
  if (id !== null && !sameBytes(entry.id, id)) throw new ProofError("command id");
  checkNetwork(entry.body, network);
  return { entry, checkpoint, note: proof.note };
}
