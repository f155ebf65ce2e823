// The records of docs/reference/formats.md: fields in their order, with their bounds.

import { MAX_INTEGER, binary, bytesOr, integer, list, matching } from "./msgpack.js";
import { optional, record, string, tagged, truth } from "./msgpack.js";

const anyBytes = binary(0, Infinity);
const hash = binary(32, 32);
const key = binary(32, 32);
const signature = binary(64, 64);
const network = binary(16, 16);
const count = integer(0, MAX_INTEGER);
const moment = count;
const minor = count;
const positiveMinor = integer(1, MAX_INTEGER);
const duration = integer(0, 100 * 366 * 24 * 3600 * 1000);
const role = integer(1, 5);
const keyOrRole = bytesOr(key, role);
const currency = matching(string(3, 3), /^[A-Z]{3}$/);
const productId = integer(0, 65535);
const severalKeys = list(key, 1, 16);
const clearable = matching(string(0, 16), /^(hold|merge|redeem|release|return|split|transfer)$/);
const signaturesUpTo = (most, least = 0) => list(record({ key, signature }), least, most);

const held = record({
  kind: integer(0, 2),
  release: keyOrRole,
  notBefore: moment,
  until: moment,
  price: optional(minor),
  reference: hash,
});

export const CARD = record({
  serial: count,
  product: productId,
  face: minor,
  balance: minor,
  owner: key,
  status: integer(0, 4),
  frozenBy: optional(role),
  hold: optional(held),
  parents: list(count),
  hop: count,
  version: count,
  activated: optional(moment),
  expires: optional(moment),
  entry: count,
});

export const CARD_STATE = record({
  record: anyBytes,
  path: list(hash, 0, 64),
  sealIndex: count,
  sealEntry: anyBytes,
  sealPath: list(hash, 0, 64),
  checkpoint: string(0, Infinity),
});

export const ENTRY = record({ time: moment, signed: anyBytes });

const clearance = record({
  statement: anyBytes,
  signatures: signaturesUpTo(16, 1),
  index: count,
  path: list(hash, 0, 32),
});

export const SIGNED = record({ body: anyBytes, signatures: signaturesUpTo(100), clearance: optional(clearance) });

const terms = record({
  currency,
  faces: list(positiveMinor, 1, 32),
  faceLimit: positiveMinor,
  named: truth,
  transferable: integer(0, 2),
  coolingOff: duration,
  resaleCap: integer(0, 1_000_000),
  maxHops: count,
  clearance: list(clearable, 0, 7),
  split: truth,
  merge: truth,
  validity: optional(duration),
  holdLimit: duration,
  rebindDelay: duration,
});

const totals = record({
  currency,
  issued: minor,
  outstanding: minor,
  redeemed: minor,
  voided: minor,
  inactive: minor,
  held: minor,
  frozen: minor,
});

const command = { network, notAfter: moment };
const ofCard = { ...command, serial: count, version: count };
const byRole = { ...ofCard, by: role, cause: integer(0, 8), case: hash };
const spending = { ...ofCard, amount: positiveMinor, order: hash };

export const BODY = tagged({
  define: { ...command, sequence: count, product: productId, name: string(1, 80), terms },
  issue: {
    ...command,
    sequence: count,
    product: productId,
    face: positiveMinor,
    firstSerial: count,
    owners: list(key, 1, 1000),
  },
  activate: { ...command, sequence: count, firstSerial: count, count: integer(1, 1000) },
  transfer: { ...ofCard, owner: key, envelope: hash },
  hold: { ...ofCard, release: keyOrRole, until: moment, price: optional(minor), reference: hash },
  release: { ...ofCard, owner: key, envelope: hash, reference: hash },
  return: ofCard,
  redeem: spending,
  refund: spending,
  split: { ...ofCard, amounts: list(positiveMinor, 2, 100) },
  merge: { ...command, cards: list(record({ serial: count, version: count }), 2, 100) },
  freeze: byRole,
  unfreeze: byRole,
  void: { ...ofCard, cause: integer(0, 8), case: hash },
  rebind: { ...ofCard, release: key, case: hash },
  appoint: { ...command, by: role, sequence: count, role, keys: severalKeys, threshold: integer(1, 16) },
  attest: { ...command, sequence: count, currency, deposit: minor, asOf: moment, statement: hash },
  seal: { network, entry: count, registerRoot: hash, cards: count, totals: list(totals) },
});
