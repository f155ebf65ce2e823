// Signed notes (c2sp.org/signed-note), verifier keys and checkpoints (c2sp.org/tlog-checkpoint).

import { HASH_SIZE, NO_BYTES, ProofError, fromBase64, join, sameBytes, sha256, toHex, toUtf8 } from "./bytes.js";
import { verifyEd25519 } from "./ed25519.js";
import { emptyRoot } from "./merkle.js";

const ALGORITHM = Uint8Array.of(1); // Ed25519
const KEY_ID_SIZE = 4;
const MAX_NOTE_LENGTH = 1_000_000;
const MAX_SIGNATURE_LINES = 100;
const MAX_LOG_SIZE = 2n ** 63n - 1n;
const DASH = "— ";
// From ! to ~ without +. Wider names can look alike; a log of ours has none.
const NAME = /^[!-*,-~]+$/;
const DECIMAL = /^(0|[1-9][0-9]{0,18})$/;

/** The number that the text spells without leading zeroes, as BigInt; null for anything else. */
export const parseDecimal = (text) => (DECIMAL.test(text) ? BigInt(text) : null);

/** A text up to a mark and what follows it; null for the latter where there is no mark. */
export function cut(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** `{name, key, id}` of a verifier key `name+hash+key`. Throws the part "verifier key". */
export async function parseVerifierKey(text) {
  const [name, rest] = cut(text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""), "+");
  const [hash, encoded] = cut(rest ?? "", "+");
  const data = fromBase64(encoded ?? "") ?? NO_BYTES;
  if (data.length !== 1 + 32 || data[0] !== ALGORITHM[0] || !NAME.test(name)) throw new ProofError("verifier key");
  const id = (await sha256(toUtf8(`${name}\n`), data)).slice(0, KEY_ID_SIZE);
  if (toHex(id) !== hash) throw new ProofError("verifier key");
  return { name, key: data.slice(1), id };
}

function parseSignatureLine(line) {
  const [name, encoded] = cut(line.slice(DASH.length), " ");
  const data = (line.startsWith(DASH) && encoded !== null && fromBase64(encoded)) || NO_BYTES;
  if (!NAME.test(name) || data.length <= KEY_ID_SIZE) throw new ProofError("checkpoint signature");
  return { name, id: data.slice(0, KEY_ID_SIZE), signature: data.slice(KEY_ID_SIZE) };
}

function splitNote(note) {
  const at = note.lastIndexOf("\n\n");
  const lines = note.slice(at + 2).split("\n");
  const isNote =
    at >= 0 &&
    [...note].length <= MAX_NOTE_LENGTH &&
    !/[\x00-\x09\x0b-\x1f]/.test(note) &&
    lines.pop() === "" &&
    lines.length > 0 &&
    lines.length <= MAX_SIGNATURE_LINES;
  if (!isNote) throw new ProofError("checkpoint signature");
  return [`${note.slice(0, at)}\n`, lines.map(parseSignatureLine)];
}

/** The text of a note that bears this key's valid signature, and only one by it. */
async function openNote(note, vkey) {
  const [text, signatures] = splitNote(note);
  const own = signatures.filter((by) => by.name === vkey.name && sameBytes(by.id, vkey.id));
  const valid = own.length === 1 && (await verifyEd25519(vkey.key, toUtf8(text), own[0].signature));
  if (!valid) throw new ProofError("checkpoint signature");
  return text;
}

/** The three lines of a checkpoint: what log, how many entries, which root. */
export async function parseCheckpoint(text) {
  const lines = text.split("\n");
  const [origin, sizeText, rootText] = lines;
  const size = parseDecimal(sizeText ?? "");
  const root = fromBase64(rootText ?? "");
  const isCheckpoint =
    lines.length === 4 &&
    lines[3] === "" &&
    NAME.test(origin) &&
    size !== null &&
    size <= MAX_LOG_SIZE &&
    root?.length === HASH_SIZE &&
    (size > 0n || sameBytes(root, await emptyRoot()));
  if (!isCheckpoint) throw new ProofError("checkpoint");
  return { origin, size, root };
}

/** What a signed checkpoint states, once its signature and its origin fit the log's verifier key. */
export async function openCheckpoint(note, vkey) {
  const checkpoint = await parseCheckpoint(await openNote(note, vkey));
  if (checkpoint.origin !== vkey.name) throw new ProofError("checkpoint origin");
  return checkpoint;
}

/** The text form of a key that was read: what people compare. */
export const formatVerifierKey = (vkey) =>
  `${vkey.name}+${toHex(vkey.id)}+${btoa(String.fromCharCode(...join(ALGORITHM, vkey.key)))}`;
