// What this browser saw of the log: its key and the last checkpoint. A signature does not stop whoever holds the log's
// key from signing two histories, or from going back to an earlier one; somebody who remembers notices.

import { ProofError } from "./bytes.js";
import { openCheckpoint } from "./note.js";
import { agree, tilePath } from "./tiles.js";

const PLACE = "cardtrail:log";

/** Two checkpoints of one log, both signed, that do not fit. Together they are evidence against its operator. */
export class LogForked extends ProofError {
  constructor(remembered, shown) {
    super("consistency");
    this.evidence = `${remembered}\n${shown}`;
  }
}

/** The log's files could not be had just now: nothing was compared. */
export class MirrorAway extends Error {}

/**
 * The browser's memory of one site, which has one log: `{vkey, by, since, note}`.
 *
 * vkey    the key's text; by: "page" if it was taken from the first page seen, "person" if somebody gave it
 * since   when it was first remembered, in ms
 * note    the last checkpoint seen, as it was signed; null before the first
 */
export class Memory {
  constructor(storage) {
    this.storage = storage;
  }

  /** The browser's own, or one that remembers nothing where the browser allows none. */
  static ofBrowser() {
    try {
      return new Memory(globalThis.localStorage);
    } catch {
      return new Memory(null);
    }
  }

  get works() {
    return this.storage !== null;
  }

  /** What is remembered, or null. A damaged memory is not the same as none: forgetting is what a forger needs. */
  read() {
    const text = this.storage?.getItem(PLACE) ?? null;
    if (text === null) return null;
    try {
      const { vkey, by, since, note } = JSON.parse(text);
      if (typeof vkey === "string") return { vkey, by, since, note };
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    }
    throw new ProofError("memory");
  }

  write(remembered) {
    try {
      this.storage?.setItem(PLACE, JSON.stringify(remembered));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.storage = null; // Full, or not allowed to keep anything: the page says so.
    }
  }

  forget() {
    this.storage?.removeItem(PLACE);
  }
}

/** The log's checkpoint and tiles below an address, such as "/ledger/". */
export class Mirror {
  constructor(address) {
    this.address = address;
  }

  async checkpoint() {
    const response = await this.#get("checkpoint");
    if (!response.ok) throw new MirrorAway("no checkpoint");
    return response.text();
  }

  /** A tile's first `width` hashes. A partial tile may be gone once the tile is full (c2sp.org/tlog-tiles). */
  async tile(level, number, width) {
    let response = await this.#get(tilePath(level, number, width));
    if (response.status === 404) response = await this.#get(tilePath(level, number, 256n));
    if (response.status >= 500 || response.status === 429) throw new MirrorAway("no tile");
    // A log that signs a size has the tiles of that size; not to show them is no excuse.
    if (!response.ok) throw new ProofError("consistency tiles");
    return new Uint8Array(await response.arrayBuffer()).slice(0, Number(width) * 32);
  }

  async #get(path) {
    try {
      return await fetch(this.address + path, { cache: "no-store" });
    } catch (error) {
      if (error instanceof TypeError) throw new MirrorAway("no answer");
      throw error;
    }
  }
}

/**
 * The log as it is shown now, once it extends what was seen before and what the proof rests on: the note to remember
 * and, if there was an earlier one, its checkpoint.
 *
 * seen     the note remembered, or null
 * proved   `{note, checkpoint}` that the proof rests on: perhaps older than `seen`, from a page opened earlier
 *
 * Throws `LogForked`, `MirrorAway`, or a `ProofError`.
 */
export async function followLog(seen, proved, vkey, mirror) {
  const before = seen === null ? null : { note: seen, checkpoint: await openCheckpoint(seen, vkey) };
  const note = await mirror.checkpoint();
  const current = { note, checkpoint: await openCheckpoint(note, vkey) };
  if (before && current.checkpoint.size < before.checkpoint.size) throw new LogForked(before.note, note);
  const read = (level, number, width) => mirror.tile(level, number, width);
  for (const earlier of before ? [before, proved] : [proved]) {
    if (!(await agree(earlier.checkpoint, current.checkpoint, read))) throw new LogForked(earlier.note, note);
  }
  const latest = proved.checkpoint.size > current.checkpoint.size ? proved : current;
  return { note: latest.note, checkpoint: latest.checkpoint, before: before?.checkpoint ?? null };
}
