// Merkle trees (RFC 6962, section 2.1): inclusion and consistency, verified as in RFC 9162, section 2.1.
//
// Sizes and places are BigInt: a log may grow past what a JavaScript number holds exactly.

import { HASH_SIZE, sameBytes, sha256 } from "./bytes.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const leafHash = (data) => sha256(LEAF, data);
export const nodeHash = (left, right) => sha256(NODE, left, right);
export const emptyRoot = () => sha256();

const areHashes = (values) => values.every((value) => value.length === HASH_SIZE);

export function trailingZeros(number) {
  let zeros = 0n;
  while (!((number >> zeros) & 1n)) zeros += 1n;
  return zeros;
}

/**
 * Walks from a node at `index` of a level whose last index is `last` to the root, one sibling of the path a step.
 * `left(sibling)` and `right(sibling)` are told on which side it stands. False if the path is too long or too short.
 */
async function climb(index, last, path, left, right) {
  for (const sibling of path) {
    if (!last) return false;
    if (index & 1n || index === last) {
      await left(sibling);
      if (!(index & 1n)) {
        // Promoted without a sibling up to the level where it is a right child.
        const skipped = trailingZeros(index);
        [index, last] = [index >> skipped, last >> skipped];
      }
    } else {
      await right(sibling);
    }
    [index, last] = [index >> 1n, last >> 1n];
  }
  return !last;
}

/** Whether the path proves this leaf to be at `index` of the tree with this size and root. */
export async function verifyInclusion(leaf, index, size, path, root) {
  if (index < 0n || index >= size || !areHashes([leaf, root, ...path])) return false;
  let node = leaf;
  const left = async (sibling) => (node = await nodeHash(sibling, node));
  const right = async (sibling) => (node = await nodeHash(node, sibling));
  return (await climb(index, size - 1n, path, left, right)) && sameBytes(node, root);
}

/** Whether the path proves that the new tree has the old one as a prefix. */
export async function verifyConsistency(oldSize, oldRoot, newSize, newRoot, path) {
  if (oldSize < 0n || oldSize > newSize || !areHashes([oldRoot, newRoot, ...path])) return false;
  if (oldSize === newSize) {
    if (path.length || !sameBytes(oldRoot, newRoot)) return false;
    return oldSize > 0n || sameBytes(oldRoot, await emptyRoot());
  }
  if (oldSize === 0n) return !path.length && sameBytes(oldRoot, await emptyRoot());
  const level = trailingZeros(oldSize);
  const index = (oldSize >> level) - 1n;
  // An old tree that is a complete subtree itself is left out of the path.
  const [start, ...rest] = index ? path : [oldRoot, ...path];
  if (!start) return false;
  let [before, after] = [start, start];
  const left = async (sibling) => {
    before = await nodeHash(sibling, before);
    after = await nodeHash(sibling, after);
  };
  const right = async (sibling) => (after = await nodeHash(after, sibling));
  const arrived = await climb(index, (newSize - 1n) >> level, rest, left, right);
  return arrived && sameBytes(before, oldRoot) && sameBytes(after, newRoot);
}

/** The consistency path between two sizes (0 < old < new), from `node(level, index)`: roots of complete subtrees. */
export async function consistencyPath(oldSize, newSize, node) {
  let level = trailingZeros(oldSize);
  let index = (oldSize >> level) - 1n;
  let last = (newSize - 1n) >> level;
  const path = index ? [await node(level, index)] : [];
  for (; last; [level, index, last] = [level + 1n, index >> 1n, last >> 1n]) {
    if (index & 1n) path.push(await node(level, index - 1n));
    else if (index < last) path.push(await subtree(level, index + 1n, newSize, node));
  }
  return path;
}

/** Root of a subtree that the tree of `size` leaves may cut short. */
async function subtree(level, index, size, node) {
  if ((index + 1n) << level <= size) return node(level, index);
  let [rest, end, root] = [size - (index << level), size, null];
  while (rest) {
    const height = trailingZeros(rest);
    rest -= 1n << height;
    end -= 1n << height;
    const peak = await node(height, end >> height);
    root = root ? await nodeHash(peak, root) : peak;
  }
  return root;
}
