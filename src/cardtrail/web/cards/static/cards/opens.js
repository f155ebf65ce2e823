// The page of a gift's or a share's link. The secret stands behind the #: it is taken out of the address bar, sent in the
// body of a request to be looked at, and put into the form that a click sends. While the person signs in, it is kept in
// this tab alone.

const frame = document.querySelector("[data-look]");
const place = frame.querySelector("[data-opened]");
const language = document.querySelector("form.language");
const KEPT = `cardtrail.opens.${location.pathname}`;

function take() {
  const secret = location.hash.slice(1);
  if (secret) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (secret) sessionStorage.setItem(KEPT, secret);
    return secret || sessionStorage.getItem(KEPT) || "";
  } catch {
    return secret; // The browser keeps nothing: after signing in the link is opened once more.
  }
}

function show(nodes) {
  place.replaceChildren(...nodes);
  place.removeAttribute("aria-busy");
  place.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true })); // The page's helpers look at what is new.
}

function say(name) {
  show([frame.querySelector(`template[data-text="${name}"]`).content.cloneNode(true)]);
}

async function open() {
  const secret = take();
  if (!secret) return say("bare");
  // The page in its other language has the secret too, even where the browser keeps nothing: a fragment survives the
  // redirect, and is never sent.
  if (language) language.action = `${language.getAttribute("action").split("#")[0]}#${secret}`;
  let response;
  try {
    response = await fetch(frame.dataset.look, { method: "POST", body: new URLSearchParams({ secret }) });
  } catch {
    return say("away");
  }
  if (![200, 404, 410].includes(response.status)) return say("away");
  const piece = new DOMParser().parseFromString(await response.text(), "text/html");
  show([...piece.body.childNodes]);
  const form = place.querySelector("[data-take]");
  if (!form) return undefined;
  form.elements.secret.value = secret;
  form.addEventListener("submit", () => {
    try {
      sessionStorage.removeItem(KEPT);
    } catch {
      // It was never kept.
    }
  });
  return undefined;
}

open();
addEventListener("hashchange", open);
