// A log's static tiles (c2sp.org/tlog-tiles), and whether two checkpoints of one log agree by them.
//
// Tiles need not be trusted: what they lead to is compared with two signed roots.

import { HASH_SIZE, ProofError } from "./bytes.js";
import { consistencyPath, nodeHash, verifyConsistency } from "./merkle.js";

const HEIGHT = 8n;
const WIDTH = 256n;

/** Where a tile stands below the log: its number in groups of three digits, its width unless it is full. */
export function tilePath(level, number, width) {
  const threeDigits = (part) => String(part % 1000n).padStart(3, "0");
  const groups = [threeDigits(number)];
  for (let rest = number / 1000n; rest; rest /= 1000n) groups.unshift(`x${threeDigits(rest)}`);
  return `tile/${level}/${groups.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

/** `node(level, index)` of a log of `size` entries, out of the tiles that `read(level, number, width)` gives. */
export function tileNodes(size, read) {
  const tiles = new Map();

  const readTile = async (level, number) => {
    const room = (size >> (HEIGHT * level)) - number * WIDTH;
    const width = room < WIDTH ? room : WIDTH;
    const data = await read(level, number, width);
    if (data.length !== Number(width) * HASH_SIZE) throw new ProofError("consistency tiles");
    return data;
  };

  return async (level, index) => {
    const [tileLevel, row] = [level / HEIGHT, level % HEIGHT];
    const perTile = WIDTH >> row;
    const number = index / perTile;
    const name = `${tileLevel}/${number}`;
    if (!tiles.has(name)) tiles.set(name, await readTile(tileLevel, number));
    const first = Number((index % perTile) << row) * HASH_SIZE;
    const leaves = tiles.get(name).slice(first, first + (HASH_SIZE << Number(row)));
    return rootOf(leaves);
  };
}

/** Root over a power of two of neighbouring hashes. */
async function rootOf(hashes) {
  while (hashes.length > HASH_SIZE) {
    const above = new Uint8Array(hashes.length / 2);
    for (let at = 0; at < above.length; at += HASH_SIZE) {
      const middle = 2 * at + HASH_SIZE;
      above.set(await nodeHash(hashes.slice(2 * at, middle), hashes.slice(middle, middle + HASH_SIZE)), at);
    }
    hashes = above;
  }
  return hashes;
}

/** Whether the smaller of two logs is shown to be a prefix of the larger. */
export async function agree(one, other, read) {
  const [older, newer] = one.size <= other.size ? [one, other] : [other, one];
  const apart = older.size > 0n && older.size < newer.size;
  const path = apart ? await consistencyPath(older.size, newer.size, tileNodes(newer.size, read)) : [];
  return verifyConsistency(older.size, older.root, newer.size, newer.root, path);
}
