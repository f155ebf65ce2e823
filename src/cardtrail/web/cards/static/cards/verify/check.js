// The whole check of one card's proof, step by step: what the page and the kept file both do.

import { ProofError, NO_BYTES, fromBase64, sameBytes } from "./bytes.js";
import { verifyCardState } from "./cardstate.js";
import { verifyReceipt } from "./receipt.js";

/** Whether a command changed or made the card. The serials that a split or merge makes are told by their parents. */
export function concerns(body, card) {
  const within = (first, count) => first <= card.serial && card.serial < first + count;
  const parents = new Set(card.parents);
  switch (body.kind) {
    case "issue":
      return within(body.firstSerial, body.owners.length);
    case "activate":
      return within(body.firstSerial, body.count);
    case "split":
      return body.serial === card.serial || (parents.size === 1 && parents.has(body.serial));
    case "merge":
      return (
        body.cards.some(({ serial }) => serial === card.serial) ||
        (parents.size === body.cards.length && body.cards.every(({ serial }) => parents.has(serial)))
      );
    default:
      return body.serial === card.serial;
  }
}

/**
 * The entries that the receipts prove, all in the log of the card's own checkpoint. A card's version counts its changes
 * from 0, so that one more entry than that has to be there: nothing about this card can be left out.
 */
export async function checkTrail(receipts, vkey, { card, seal, checkpoint }) {
  const entries = [];
  for (const text of receipts) {
    const proved = await verifyReceipt(text, vkey, { network: seal.network });
    const { size, root } = proved.checkpoint;
    if (size !== checkpoint.size || !sameBytes(root, checkpoint.root)) throw new ProofError("receipt checkpoint");
    if (entries.length && proved.entry.index <= entries.at(-1).index) throw new ProofError("trail");
    entries.push(proved.entry);
  }
  const own = entries.filter(({ body }) => concerns(body, card));
  if (own.length !== card.version + 1 || own.at(-1).index !== BigInt(card.entry)) throw new ProofError("trail");
  return { entries, own };
}

/** `{name, currency}` of the card's product, as far as the log says so; null where it does not. */
export async function productOf(definition, vkey, { card, seal, checkpoint }) {
  if (definition) {
    const proved = await verifyReceipt(definition, vkey, { network: seal.network });
    const { body } = proved.entry;
    if (!sameBytes(proved.checkpoint.root, checkpoint.root)) throw new ProofError("receipt checkpoint");
    if (body.kind !== "define" || body.product !== card.product) throw new ProofError("product");
    return { name: body.name, currency: body.terms.currency };
  }
  // A ledger with one currency has no card in another.
  return { name: null, currency: seal.totals.length === 1 ? seal.totals[0].currency : null };
}

/**
 * Checks a proof `{state, receipts, definition}` of the card with this serial. `tell(step, values)` hears of each step
 * that holds: "signature", "seal", "record", "trail". Throws a `ProofError` that names the part that does not.
 *
 * stateOnly  how the card stands is asked, not how it came to that: whoever might buy it is not shown its past. The page
 *            says so, never the proof, or one that leaves entries out would pass for whole
 */
export async function checkCard(proof, vkey, serial, tell, { stateOnly = false } = {}) {
  const { state, receipts, definition } = proof ?? {};
  if (typeof state !== "string" || !Array.isArray(receipts)) throw new ProofError("card state");
  const later = {};
  const proved = await verifyCardState(fromBase64(state) ?? NO_BYTES, vkey, serial, {
    tell: (step, values) => (step === "record" ? Object.assign(later, values) : tell(step, values)),
  });
  const product = await productOf(definition, vkey, proved);
  tell("record", { ...later, ...product, time: proved.time });
  if (stateOnly) return { ...proved, ...product };
  const trail = await checkTrail(receipts.map(String), vkey, proved);
  tell("trail", trail);
  return { ...proved, ...trail, ...product };
}
