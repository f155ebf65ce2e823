// Writes times in the browser's own zone. The server has written them in its zone; without this they stay so.

const chinese = document.documentElement.lang.startsWith("zh");
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number) => String(number).padStart(2, "0");

function words(moment, fineness) {
  const [year, month, day] = [moment.getFullYear(), moment.getMonth(), moment.getDate()];
  const date = chinese ? `${year}年${month + 1}月${day}日` : `${day} ${months[month]} ${year}`;
  if (fineness === "day") return date;
  return `${date}${chinese ? " " : ", "}${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

export function writeTimes(root) {
  for (const element of root.querySelectorAll("time[data-when]")) {
    const moment = new Date(element.dateTime);
    if (!Number.isNaN(moment.getTime())) element.textContent = words(moment, element.dataset.when);
  }
}

writeTimes(document);
document.addEventListener("htmx:load", (event) => writeTimes(event.target));
