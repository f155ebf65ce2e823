// What the tests call in the page: the modules' functions over lists of cases, answers as plain values.

import { ProofError, fromBase64, fromHex, toHex } from "./verify/bytes.js";
import { verifyCardState } from "./verify/cardstate.js";
import { checkCard, concerns } from "./verify/check.js";
import { verifyEd25519 } from "./verify/ed25519.js";
import { verifyConsistency, verifyInclusion, consistencyPath } from "./verify/merkle.js";
import { Malformed, decode } from "./verify/msgpack.js";
import { formatVerifierKey, openCheckpoint, parseCheckpoint, parseVerifierKey } from "./verify/note.js";
import { parseProofFile, verifyReceipt } from "./verify/receipt.js";
import * as records from "./verify/records.js";
import { agree, tilePath } from "./verify/tiles.js";

const optional = (text) => (text === undefined || text === null ? null : fromHex(text));

/** Each case's answer, or the part that did not hold. */
const each = (check) => async (cases) => {
  const answers = [];
  for (const one of cases) {
    try {
      answers.push((await check(one)) ?? "holds");
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      answers.push(error.part);
    }
  }
  return answers;
};

const checkpointOf = ({ size, root }) => ({ size: BigInt(size), root: fromHex(root) });

globalThis.harness = {
  receipts: each(async ({ text, vkey, index = null, id, network }) => {
    const asked = { index: index === null ? null : BigInt(index), id: optional(id), network: optional(network) };
    await verifyReceipt(text, await parseVerifierKey(vkey), asked);
  }),
  states: each(async ({ state, vkey, serial, network }) => {
    await verifyCardState(fromBase64(state), await parseVerifierKey(vkey), serial, { network: optional(network) });
  }),
  cards: each(async ({ proof, vkey, serial }) => {
    await checkCard(proof, await parseVerifierKey(vkey), serial, () => {});
  }),
  keys: each(async (text) => [formatVerifierKey(await parseVerifierKey(text))]),
  notes: each(async ({ note, vkey }) => {
    await openCheckpoint(note, await parseVerifierKey(vkey));
  }),
  checkpoints: each(async (text) => {
    const { origin, size, root } = await parseCheckpoint(text);
    return [origin, String(size), toHex(root)];
  }),
  proofFiles: each(async (text) => {
    const { extra, index, path, note } = parseProofFile(text);
    return [extra && toHex(extra), String(index), path.map(toHex), note];
  }),
  inclusions: each(async ({ leaf, index, size, path, root }) =>
    verifyInclusion(fromHex(leaf), BigInt(index), BigInt(size), path.map(fromHex), fromHex(root)),
  ),
  consistencies: each(async ({ old_size, old_root, new_size, new_root, path }) => {
    const [before, after] = [BigInt(old_size), BigInt(new_size)];
    return verifyConsistency(before, fromHex(old_root), after, fromHex(new_root), path.map(fromHex));
  }),
  consistencyPaths: each(async ({ old_size, new_size, nodes }) => {
    const path = await consistencyPath(BigInt(old_size), BigInt(new_size), async (level, index) =>
      fromHex(nodes[`${level}/${index}`]),
    );
    return path.map(toHex);
  }),
  signatures: each(async ({ key, message, signature }) =>
    verifyEd25519(fromHex(key), fromHex(message), fromHex(signature)),
  ),
  records: async (shape, cases) =>
    cases.map((bytes) => {
      try {
        return Boolean(decode(records[shape], fromHex(bytes)));
      } catch (error) {
        if (error instanceof Malformed) return false;
        throw error;
      }
    }),
  /** Of each card, how many of these entries are about it. */
  changes: async (entries, cards) => {
    const bodies = entries.map((entry) => {
      const { signed } = decode(records.ENTRY, fromHex(entry));
      return decode(records.BODY, decode(records.SIGNED, signed).body);
    });
    return cards.map((bytes) => {
      const card = decode(records.CARD, fromHex(bytes));
      return bodies.filter((body) => concerns(body, card)).length;
    });
  },
  tilePaths: async (cases) => cases.map(([level, number, width]) => tilePath(level, BigInt(number), BigInt(width))),
  agrees: each(async ({ one, other, tiles }) =>
    agree(checkpointOf(one), checkpointOf(other), async (...place) => fromBase64(tiles[tilePath(...place)] ?? "")),
  ),
};
globalThis.ready = true;
