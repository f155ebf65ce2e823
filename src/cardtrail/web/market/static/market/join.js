// The secret stands behind the # and is sent only by the click that joins. It does not stay in the address bar.

const form = document.querySelector("[data-secret-form]");
const secret = location.hash.slice(1);
if (form && secret) {
  form.elements.secret.value = secret;
  form.querySelector("button").disabled = false;
  history.replaceState(null, "", location.pathname);
}
