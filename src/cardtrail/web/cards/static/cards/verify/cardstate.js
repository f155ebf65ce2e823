// A card's state: record → register root → seal → log root → signature. The same rules, in the same order, as
// `cardtrail.client.verify.verify_card_state`.

import { ProofError } from "./bytes.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { openCheckpoint } from "./note.js";
import { checkNetwork, decodeOr, readEntry } from "./receipt.js";
import { CARD, CARD_STATE } from "./records.js";

const silent = () => {};

/**
 * `{card, seal, time, checkpoint, note}`: the record that the proof shows this card to have had at the checkpoint.
 *
 * bytes     the state proof as the node sent it (msgpack)
 * network   the ledger it must be of, where that is known
 * tell      called as `tell(step, values)` with each step that holds: "signature", "seal", "record"
 */
export async function verifyCardState(bytes, vkey, serial, { network = null, tell = silent } = {}) {
  const state = decodeOr("card state", CARD_STATE, bytes);
  const checkpoint = await openCheckpoint(state.checkpoint, vkey);
  tell("signature", { checkpoint });

  const sealIndex = BigInt(state.sealIndex);
  if (sealIndex !== checkpoint.size - 1n) throw new ProofError("seal index");
  const sealLeaf = await leafHash(state.sealEntry);
  if (!(await verifyInclusion(sealLeaf, sealIndex, checkpoint.size, state.sealPath, checkpoint.root))) {
    throw new ProofError("seal path");
  }
  const { body: seal, signers, time } = await readEntry(sealIndex, state.sealEntry);
  if (seal.kind !== "seal" || signers.length || seal.entry !== state.sealIndex) throw new ProofError("seal");
  checkNetwork(seal, network);
  tell("seal", { seal, time, leaf: sealLeaf, path: state.sealPath });

  const card = decodeOr("card record", CARD, state.record);
  if (card.serial !== serial) throw new ProofError("card serial");
  const leaf = await leafHash(state.record);
  const [place, cards] = [BigInt(serial), BigInt(seal.cards)];
  if (!(await verifyInclusion(leaf, place, cards, state.path, seal.registerRoot))) throw new ProofError("card path");
  tell("record", { card, leaf, path: state.path, root: seal.registerRoot });
  return { card, seal, time, checkpoint, note: state.checkpoint };
}
