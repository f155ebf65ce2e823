// <card-check>: runs the check and tells, step by step, what was recomputed here. Its words are templates within the
// element (words.js).
//
//   data-serial    the card that the proof must be of
//   data-proof     id of the element whose text is the proof (JSON), or
//   data-src       the address to fetch it from
//   data-vkey      the verifier key that the page offers; a key given by the person, or remembered, comes first
//   data-mirror    where the log's checkpoint and tiles are; without it, nothing is compared or remembered
//   data-state-only  check how the card stands, not how it came to that
//   data-auto      check at once, without waiting for the button

import { ProofError, toHex } from "./bytes.js";
import { checkCard } from "./check.js";
import { LogForked, Memory, Mirror, MirrorAway, followLog } from "./memory.js";
import { formatVerifierKey, parseVerifierKey } from "./note.js";
import { Words } from "./words.js";

const STEPS = ["key", "signature", "seal", "record", "trail", "memory"];

/** The proof could not be had: nothing was checked. */
class ProofAway extends Error {}

class CardCheck extends HTMLElement {
  #memory = Memory.ofBrowser();
  #words = null;
  #running = null;
  #given = null;
  #proved = null;
  #evidence = null;

  connectedCallback() {
    this.#words = new Words(this);
    this.addEventListener("submit", (event) => this.#giveKey(event));
    this.addEventListener("click", (event) => this.#press(event.target.closest?.("[data-act]")?.dataset.act));
    for (const shown of this.querySelectorAll("[data-needs-script]")) shown.hidden = false;
    if ("auto" in this.dataset) this.check();
  }

  /** Checks once; asked again meanwhile, it gives the check under way. Resolves to the verdict's name. */
  check() {
    this.#running ??= this.#check().finally(() => (this.#running = null));
    return this.#running;
  }

  #press(act) {
    if (act === "check") this.check();
    if (act === "forget") {
      this.#memory.forget();
      this.#given = null;
      this.check();
    }
    if (act === "evidence") this.#save("cardtrail-evidence.txt", this.#evidence);
  }

  async #giveKey(event) {
    event.preventDefault();
    const field = event.target.elements.vkey;
    const note = this.querySelector("[data-key-answer]");
    try {
      const vkey = formatVerifierKey(await parseVerifierKey(field.value));
      field.removeAttribute("aria-invalid");
      note.replaceChildren();
      const remembered = this.#recall();
      if (remembered?.vkey !== vkey || remembered.by !== "person") {
        const seen = remembered?.vkey === vkey ? remembered.note : null;
        this.#given = { vkey, by: "person", since: Date.now(), note: seen };
        if (this.dataset.mirror) this.#memory.write(this.#given);
      }
      await this.check();
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      field.setAttribute("aria-invalid", "true");
      note.replaceChildren(this.#words.text(`fault ${error.part}`));
      field.focus();
    }
  }

  #recall() {
    return this.dataset.mirror && this.#memory.works ? this.#memory.read() : this.#given;
  }

  async #check() {
    this.#begin();
    let verdict;
    try {
      verdict = await this.#run();
    } catch (error) {
      if (error instanceof ProofAway) verdict = "away";
      else if (error instanceof ProofError) verdict = this.#fail(error);
      else {
        this.#show("broken");
        throw error;
      }
    }
    this.#show(verdict);
    return verdict;
  }

  async #run() {
    const { vkey, trust, text } = await this.#trustedKey();
    this.#hold("key", { log: vkey.name, id: toHex(vkey.id), vkey: text, trust });
    const proof = await this.#proof();
    const tell = (step, values) => this.#hold(step, this.#words.shown(step, values));
    const stateOnly = "stateOnly" in this.dataset;
    const proved = await checkCard(proof, vkey, Number(this.dataset.serial), tell, { stateOnly });
    this.#proved = proved;
    return (await this.#compare(vkey, text, proved)) ? "good" : "uncompared";
  }

  /** The key that counts: the one the person gave, else the one remembered, else the page's. */
  async #trustedKey() {
    const remembered = this.#recall();
    const vkey = await parseVerifierKey(remembered?.vkey ?? this.dataset.vkey);
    const text = formatVerifierKey(vkey);
    if (remembered?.by === "page" && this.dataset.vkey.trim() !== text) throw new ProofError("remembered key");
    let way = this.dataset.mirror && this.#memory.works ? "first" : "page";
    if (remembered) way = remembered.by === "person" ? "person" : "known";
    const trust = this.#words.text(`trust ${way}`, { since: this.#words.time(remembered?.since ?? Date.now()) });
    return { vkey, trust, text };
  }

  async #proof() {
    const { proof: id, src } = this.dataset;
    const text = id ? document.getElementById(id).textContent : await this.#fetchProof(src);
    try {
      return JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) throw new ProofError("card state");
      throw error;
    }
  }

  async #fetchProof(address) {
    try {
      const response = await fetch(address, { cache: "no-store", headers: { Accept: "application/json" } });
      if (response.ok) return await response.text();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    throw new ProofAway();
  }

  /** Whether the log was found to extend what this browser saw of it; true too where there is nothing to compare. */
  async #compare(vkey, text, proved) {
    if (!this.dataset.mirror) return true;
    const remembered = this.#memory.read();
    try {
      const log = await followLog(remembered?.note ?? null, proved, vkey, new Mirror(this.dataset.mirror));
      const since = remembered?.since ?? Date.now();
      this.#memory.write({ vkey: text, by: remembered?.by ?? "page", since, note: log.note });
      const values = { before: log.before?.size, size: log.checkpoint.size };
      const way = log.before ? "holds" : "first";
      this.#hold("memory", { ...values, way: this.#memory.works ? way : "forgetful" });
      return true;
    } catch (error) {
      if (!(error instanceof MirrorAway)) throw error;
      this.#mark("memory", "unknown", this.#words.text("memory unknown"));
      return false;
    }
  }

  // What people see

  #begin() {
    this.#evidence = null;
    this.#proved = null;
    delete this.dataset.failed;
    for (const step of STEPS) this.#mark(step, "waiting");
    this.#show("running");
  }

  /** Marks the first step that does not hold yet. */
  #fail(error) {
    if (error instanceof LogForked) this.#evidence = error.evidence;
    this.#proved = null;
    const unable = error.part === "browser";
    const step = this.querySelector('[data-step][data-state="waiting"]')?.dataset.step;
    this.dataset.failed = error.part;
    this.#mark(step, unable ? "unknown" : "fails", this.#words.text(`fault ${error.part}`));
    return unable ? "unable" : "bad";
  }

  #show(verdict) {
    this.dataset.verdict = verdict;
    const values = this.#proved
      ? this.#words.shown("record", this.#proved)
      : { part: this.#words.text(`fault ${this.dataset.failed}`) };
    this.querySelector("[data-verdict-box]").replaceChildren(this.#words.text(`verdict ${verdict}`, values));
    this.querySelector('[data-act="evidence"]').hidden = !this.#evidence;
  }

  #hold(step, values) {
    this.#mark(step, "holds", this.#words.text(`${step} ${values.way ?? "holds"}`, values));
    const detail = this.querySelector(`[data-step="${step}"] [data-detail]`);
    const text = detail && this.#words.text(`${step} detail`, values);
    if (text) detail.querySelector("[data-detail-body]").replaceChildren(text);
    if (text) detail.hidden = false;
  }

  #mark(step, state, ...words) {
    const item = this.querySelector(`[data-step="${step}"]`);
    if (!item) return;
    item.dataset.state = state;
    item.querySelector("[data-state-text]").replaceChildren(this.#words.text(`state ${state}`));
    item.querySelector("[data-said]").replaceChildren(...words);
    const detail = item.querySelector("[data-detail]");
    if (detail && state !== "holds") detail.hidden = true;
  }

  #save(name, text) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}

customElements.define("card-check", CardCheck);
