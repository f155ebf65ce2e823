// Counts down what is left of a quote. Without this the page shows until when it stands.

const english = document.documentElement.lang.startsWith("en");
const began = performance.now();

function words(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return `${minutes}:${String(rest).padStart(2, "0")}`;
}

for (const place of document.querySelectorAll("[data-left]")) {
  const { left, zh, en, overZh, overEn } = place.dataset;
  const tick = () => {
    const seconds = Math.max(0, Number(left) - Math.floor((performance.now() - began) / 1000));
    place.textContent = seconds ? (english ? en : zh).replace("{t}", words(seconds)) : english ? overEn : overZh;
    if (seconds) setTimeout(tick, 1000);
    else for (const button of document.querySelectorAll("button[value=confirm]")) button.disabled = true;
  };
  tick();
}
