// The page for claiming. A QR code leads here with `#<number>.<code>`: behind the #, so that no server or chat sees it.
// It is taken out of the address bar at once and, while the person signs in, kept in this tab alone.

const KEPT = "cardtrail.claim";

function take() {
  const text = decodeURIComponent(location.hash.slice(1));
  if (text) history.replaceState(null, "", location.pathname + location.search);
  const found = /^([0-9]{4,32})\.(.{4,64})$/.exec(text);
  return found ? { number: found[1], code: found[2] } : null;
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function keep(card) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(card));
    return true;
  } catch {
    return false; // The browser keeps nothing: the person scans once more after signing in.
  }
}

function fill(form, card) {
  form.elements.number.value = card.number.replace(/(.{4})(?=.)/g, "$1 ");
  form.elements.code.value = card.code.replace(/(.{5})(?=.)/g, "$1-");
  document.getElementById("from-code").hidden = false;
}

function open() {
  let fresh = null;
  try {
    fresh = take();
  } catch {
    fresh = null; // Not an address of ours.
  }
  const form = document.querySelector("form[data-claim]");
  if (form) {
    const card = fresh ?? kept();
    sessionStorage.removeItem(KEPT);
    if (card && !form.elements.code.value) fill(form, card);
  } else if (fresh ? keep(fresh) : kept()) {
    document.getElementById("kept").hidden = false;
  }
}

open();
addEventListener("hashchange", open);
