// Lets a countdown tick. The server has written how much time is left; without this it stays so.
//
//   <b data-until="1790000000000">还剩 2 小时</b>

const chinese = document.documentElement.lang.startsWith("zh");
const two = (number) => String(number).padStart(2, "0");
const DAY = 86_400;

const many = (number, unit) => `${number} ${unit}${number === 1 ? "" : "s"}`;
const long = (days, hours) => many(days, "day") + (hours ? ` ${many(hours, "hour")}` : "");

function words(seconds) {
  if (seconds <= 0) return chinese ? "时间已到" : "Time is up";
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor((seconds % DAY) / 3600);
  const clock = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  if (days > 0) return chinese ? `还剩 ${days} 天${hours ? ` ${hours} 小时` : ""}` : `${long(days, hours)} left`;
  const time = hours > 0 ? `${hours}:${clock}` : clock;
  return chinese ? `还剩 ${time}` : `${time} left`;
}

function tick() {
  for (const element of document.querySelectorAll("[data-until]")) {
    const text = words(Math.ceil((Number(element.dataset.until) - Date.now()) / 1000));
    if (element.textContent !== text) element.textContent = text;
  }
}

tick();
setInterval(tick, 1000);
