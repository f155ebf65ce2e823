// Canonical msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md), as far as our records use it.
//
// A signature and a hash cover bytes, so every value has exactly one spelling: integers, strings, byte strings and
// arrays in their shortest form. A shape is a function that takes the reader and gives the value, or throws.

import { fromUtf8 } from "./bytes.js";

/** The bytes are not the canonical spelling of the record asked for. */
export class Malformed extends Error {}

export const MAX_INTEGER = Number.MAX_SAFE_INTEGER; // 2^53 - 1, the largest integer of our formats

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN_8 = 0xc4;

// First byte → how many bytes of length or number follow, and the least value that needs so many.
const BINS = { 0xc4: [1, 0], 0xc5: [2, 0x100], 0xc6: [4, 0x10000] };
const INTEGERS = { 0xcc: [1, 0x80], 0xcd: [2, 0x100], 0xce: [4, 0x10000], 0xcf: [8, 0x100000000] };
const TEXTS = { 0xd9: [1, 32], 0xda: [2, 0x100], 0xdb: [4, 0x10000] };
const ARRAYS = { 0xdc: [2, 16], 0xdd: [4, 0x10000] };

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  peek() {
    if (this.at >= this.bytes.length) throw new Malformed("the bytes end too early");
    return this.bytes[this.at];
  }

  byte() {
    const byte = this.peek();
    this.at += 1;
    return byte;
  }

  take(length) {
    if (length > this.bytes.length - this.at) throw new Malformed("the bytes end too early");
    this.at += length;
    return this.bytes.slice(this.at - length, this.at);
  }

  /** A number that stands in the first byte (`low` to `high`), or behind it in one of these forms. */
  number(low, high, forms) {
    const first = this.byte();
    if (first >= low && first <= high) return first - low;
    const [width, least] = forms[first] ?? [];
    if (!width) throw new Malformed("a value is of another type");
    // Beyond 2^53 the sum is rounded, and refused all the same.
    const value = this.take(width).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < least) throw new Malformed("a longer form than is needed");
    return value;
  }
}

/** The value of these bytes, all of them. Throws `Malformed`. */
export function decode(shape, bytes) {
  const reader = new Reader(bytes);
  const value = shape(reader);
  if (reader.at !== bytes.length) throw new Malformed("bytes follow the record");
  return value;
}

export const integer = (least, most) => (reader) => {
  const value = reader.number(0, 0x7f, INTEGERS);
  if (value < least || value > most) throw new Malformed("an integer is out of its bounds");
  return value;
};

export const binary = (least, most) => (reader) => {
  const length = reader.number(1, 0, BINS);
  if (length < least || length > most) throw new Malformed("a byte string has a wrong length");
  return reader.take(length);
};

/** A text with so many characters (code points, not the halves that JavaScript counts). */
export const string = (least, most) => (reader) => {
  let text;
  try {
    text = fromUtf8(reader.take(reader.number(0xa0, 0xbf, TEXTS)));
  } catch (error) {
    if (error instanceof TypeError) throw new Malformed("a text is not UTF-8");
    throw error;
  }
  const { length } = [...text];
  if (length < least || length > most) throw new Malformed("a text has a wrong length");
  return text;
};

export const matching = (shape, pattern) => (reader) => {
  const text = shape(reader);
  if (!pattern.test(text)) throw new Malformed("a text is none of those it may be");
  return text;
};

export const truth = (reader) => {
  const byte = reader.byte();
  if (byte !== TRUE && byte !== FALSE) throw new Malformed("a value is of another type");
  return byte === TRUE;
};

export const optional = (shape) => (reader) => {
  if (reader.peek() !== NIL) return shape(reader);
  reader.byte();
  return null;
};

/** Bytes or an integer, whichever stands there. */
export const bytesOr = (bytes, number) => (reader) => (reader.peek() === BIN_8 ? bytes(reader) : number(reader));

const arrayLength = (reader) => reader.number(0x90, 0x9f, ARRAYS);

export const list = (item, least = 0, most = Infinity) => (reader) => {
  const length = arrayLength(reader);
  if (length < least || length > most) throw new Malformed("an array has a wrong length");
  const items = [];
  while (items.length < length) items.push(item(reader));
  return items;
};

function readFields(reader, fields, length) {
  const names = Object.keys(fields);
  if (length !== names.length) throw new Malformed("a record has other fields");
  const value = {};
  for (const name of names) value[name] = fields[name](reader);
  return value;
}

/** An array of these fields, in this order, no more and no fewer. */
export const record = (fields) => (reader) => readFields(reader, fields, arrayLength(reader));

/** The same with the record's kind as its first element. */
export const tagged = (kinds) => (reader) => {
  const length = arrayLength(reader);
  const kind = string(1, 16)(reader);
  if (!Object.hasOwn(kinds, kind)) throw new Malformed("a record is of an unknown kind");
  return { kind, ...readFields(reader, kinds[kind], length - 1) };
};
