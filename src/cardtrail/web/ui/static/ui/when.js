// Writes times in the browser's own zone, and which that is. The server has written them in its zone, Beijing's; without
// this they stay so. Where a person chose a zone, the server keeps to it and nothing here is touched.

const chinese = document.documentElement.lang.startsWith("zh");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");
const here = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
const beijing = ["Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "PRC"].includes(here);

function distance(moment) {
  const minutes = -moment.getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes > 0 ? "+" : "\u2212"}${hours}${rest ? `:${two(rest)}` : ""}`;
}

function zone(moment) {
  if (beijing) return chinese ? "北京时间" : "Beijing time";
  return distance(moment);
}

function words(moment, fineness) {
  const [year, month, day] = [moment.getFullYear(), moment.getMonth(), moment.getDate()];
  const date = chinese ? `${year}年${month + 1}月${day}日` : `${day} ${months[month]} ${year}`;
  if (fineness === "day") return date;
  const minute = `${date}${chinese ? " " : ", "}${two(moment.getHours())}:${two(moment.getMinutes())}`;
  if (fineness === "minute") return minute;
  return chinese ? `${minute}（${zone(moment)}）` : `${minute} (${zone(moment)})`;
}

export function writeTimes(root) {
  for (const element of root.querySelectorAll("time[data-when]")) {
    const moment = new Date(element.dateTime);
    if (!Number.isNaN(moment.getTime())) element.textContent = words(moment, element.dataset.when);
  }
  if (beijing) return;
  for (const note of root.querySelectorAll("[data-zone-note]")) {
    note.textContent = note.dataset.zoneNote.replace("{zone}", here || distance(new Date()));
  }
}

writeTimes(document);
document.addEventListener("htmx:load", (event) => writeTimes(event.target));
