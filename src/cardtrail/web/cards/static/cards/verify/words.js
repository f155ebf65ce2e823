// What people read. The script has no language of its own: every text is a <template data-text="…"> within the
// element, in the page's language, with {places} for values.

import { toHex } from "./bytes.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const BEIJING = ["Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "PRC"];
const STATUSES = ["inactive", "active", "void", "split", "merged"];

/** How the log saw the card at that moment. */
function stateOf(card, time) {
  if (card.status !== 1) return STATUSES[card.status];
  if (card.frozenBy !== null) return "frozen";
  if (card.hold !== null) return "held";
  return card.expires !== null && time > card.expires ? "expired" : "active";
}

/** The number printed on a card: its serial in 15 digits and a Luhn check digit, in groups of four. */
function cardNumber(serial) {
  const digits = String(serial).padStart(15, "0");
  let sum = 0;
  [...digits].reverse().forEach((digit, at) => {
    const value = Number(digit) * (at % 2 ? 1 : 2);
    sum += value > 9 ? value - 9 : value;
  });
  return (digits + (10 - (sum % 10)) % 10).replace(/(.{4})(?=.)/g, "$1 ");
}

/** The texts of one element, and values in the form people read. */
export class Words {
  constructor(root) {
    this.root = root;
    this.language = root.closest("[lang]")?.lang || "zh-Hans";
  }

  /** A step's values in the form people read. */
  shown(step, values) {
    switch (step) {
      case "signature":
        return { size: values.checkpoint.size, root: toHex(values.checkpoint.root) };
      case "seal":
        return {
          index: values.seal.entry,
          time: this.time(values.time),
          cards: values.seal.cards,
          hashes: values.path.length,
          leaf: toHex(values.leaf),
          register: toHex(values.seal.registerRoot),
        };
      case "record":
        return this.#shownCard(values);
      case "trail":
        return this.#shownTrail(values);
      default:
        return values;
    }
  }

  #shownCard({ card, time, currency, leaf, path, root }) {
    return {
      number: this.#figures(cardNumber(card.serial)),
      balance: this.#money(card.balance, currency),
      face: this.#money(card.face, currency),
      state: this.text(`card ${stateOf(card, time)}`),
      time: this.time(time),
      owner: toHex(card.owner),
      ...(leaf ? { leaf: toHex(leaf), hashes: path.length, register: toHex(root) } : {}),
    };
  }

  #shownTrail({ entries, own }) {
    const rows = entries.map((entry) => {
      const values = { index: entry.index, time: this.time(entry.time, false), kind: this.text(`kind ${entry.body.kind}`) };
      return this.text(own.includes(entry) ? "trail row" : "trail row other", values);
    });
    const list = document.createElement("ol");
    list.className = "check-trail";
    list.append(...rows);
    const others = entries.length - own.length;
    return { count: own.length, others, list, way: others ? "holds others" : "holds" };
  }

  /** The content of a template, its {places} or {{places}} filled: with nodes as they are, with anything else as text. */
  text(name, values = {}) {
    const template = this.root.querySelector(`template[data-text="${name}"]`);
    if (!template) return "";
    const content = template.content.cloneNode(true);
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const pieces = text.data.split(/\{+(\w+)\}+/).map((piece, at) => (at % 2 ? this.#value(values[piece]) : piece));
      text.replaceWith(...pieces);
    }
    return content;
  }

  #value(value) {
    const isNumber = typeof value === "number" || typeof value === "bigint";
    return isNumber ? new Intl.NumberFormat(this.language).format(value) : (value ?? "");
  }

  #money(minor, currency) {
    if (!currency) return String(minor);
    const style = { style: "currency", currency, currencyDisplay: "narrowSymbol" };
    const form = new Intl.NumberFormat(this.language, style);
    const decimals = form.resolvedOptions().maximumFractionDigits;
    const digits = String(minor).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    return form.format(decimals ? `${whole}.${digits.slice(-decimals)}` : whole);
  }

  /** Digits that stay together on one line. */
  #figures(text) {
    const figures = document.createElement("span");
    figures.className = "check-number";
    figures.textContent = text;
    return figures;
  }

  time(ms, zoned = true) {
    const time = document.createElement("time");
    time.dateTime = time.title = new Date(ms).toISOString();
    time.textContent = this.#moment(new Date(ms), zoned);
    return time;
  }

  /** As everywhere in these pages, and to the second: 23 Nov 2026, 05:34:25 (Beijing time). */
  #moment(then, zoned) {
    const zone = { timeZone: this.root.dataset.zone || undefined }; // The person's own, else the browser's.
    const numbers = Object.fromEntries(["year", "month", "day", "hour", "minute", "second"].map((unit) => [unit, "numeric"]));
    const form = new Intl.DateTimeFormat("en-GB", { ...zone, ...numbers, hourCycle: "h23", timeZoneName: "shortOffset" });
    const part = Object.fromEntries(form.formatToParts(then).map(({ type, value }) => [type, value]));
    const clock = [part.hour, part.minute, part.second].map((value) => value.padStart(2, "0")).join(":");
    const [day, month] = [Number(part.day), Number(part.month)];
    const chinese = this.language.startsWith("zh");
    const words = chinese ? `${part.year}年${month}月${day}日 ${clock}` : `${day} ${MONTHS[month - 1]} ${part.year}, ${clock}`;
    if (!zoned) return words;
    const name = this.#zone(form.resolvedOptions().timeZone, part.timeZoneName, chinese);
    return chinese ? `${words}（${name}）` : `${words} (${name})`;
  }

  #zone(name, offset, chinese) {
    if (BEIJING.includes(name)) return chinese ? "北京时间" : "Beijing time";
    return offset.replace("GMT", "UTC").replace("-", "\u2212");
  }
}
