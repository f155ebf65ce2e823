// The secret stands behind the # and is sent only by the click that joins. It does not stay in the address bar; whoever
// loads the page again without it is told what to do.

const form = document.querySelector("[data-secret-form]");
const secret = location.hash.slice(1);
if (form && secret) {
  form.elements.secret.value = secret;
  form.querySelector("button").disabled = false;
  history.replaceState(null, "", location.pathname);
} else if (form) {
  form.querySelector("[data-no-secret]").hidden = false;
}
