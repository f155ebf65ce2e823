// What a person is told when the browser and a passkey do not come together.

const missing = !("credentials" in navigator) || typeof PublicKeyCredential === "undefined";

function tell(kind) {
  for (const note of document.querySelectorAll("[data-passkey-trouble]")) {
    note.hidden = note.dataset.passkeyTrouble !== kind;
  }
}

document.addEventListener("allauth.error", (event) => {
  const { tags, exception } = event.detail;
  if (!tags.includes("webauthn")) return;
  event.preventDefault();
  tell(missing ? "missing" : exception?.name === "InvalidStateError" ? "known" : "refused");
});

if (missing) tell("missing");
