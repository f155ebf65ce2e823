// Small helps that every page may use through data attributes. Each page works without them.
//
//   <button data-copy="#id" data-done="已复制">      copies the text or value of an element; hidden where it cannot
//   <button data-share data-url="…" data-title="…">  opens the phone's own sharing; hidden where there is none
//   <button data-opens="dialog-id"> … <button data-closes>
//   <form data-once>                                 is sent once, however often its button is pressed
//   data-focus                                       gets the focus when the page opens (error summaries)
//   <details data-menu>                              closes with Escape

function prepare(root) {
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  for (const button of root.querySelectorAll("[data-share]")) button.hidden = !navigator.share;
  for (const button of root.querySelectorAll("[data-opens]")) button.hidden = false;
  root.querySelector("[data-focus]:not([data-sample] *)")?.focus();
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  const words = button.querySelector("[data-words]") ?? button;
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
  } catch {
    getSelection()?.selectAllChildren(source); // Refused by the browser: select it, so that a person can.
    return;
  }
  const before = words.textContent;
  words.textContent = button.dataset.done ?? "✓";
  setTimeout(() => { words.textContent = before; }, 2000);
}

async function share(button) {
  const url = button.dataset.url || document.querySelector(button.dataset.from ?? "")?.textContent?.trim();
  try {
    await navigator.share({ title: button.dataset.title, text: button.dataset.text, url: url || location.href });
  } catch (error) {
    if (error.name !== "AbortError") button.hidden = true; // The person closed it, or it does not work here.
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-share], [data-opens], [data-closes], [data-print]");
  if (!button) return;
  if ("copy" in button.dataset) copy(button);
  else if ("share" in button.dataset) share(button);
  else if ("print" in button.dataset) print();
  else if ("opens" in button.dataset) document.getElementById(button.dataset.opens)?.showModal();
  else button.closest("dialog")?.close();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A secret in the fragment stays with the page in its other language: a browser carries the fragment of the form's
  // address over the redirect, and never sends it.
  if (form.matches("form.language")) form.action = form.getAttribute("action") + location.hash;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  const button = event.submitter ?? form.querySelector("button:not([type=button])");
  // Not disabled: a disabled button's name would not be sent.
  button?.setAttribute("aria-busy", "true");
});

// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

prepare(document);
document.addEventListener("htmx:load", (event) => prepare(event.target));
