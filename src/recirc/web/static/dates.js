// Dates as the reader writes them, in the reader's time. The exact moment stays in <time>, and in its title.
"use strict";
(() => {
  const now = new Date(), day = (date) => date.toDateString();
  const shapes = {
    moment: () => ({ dateStyle: "long", timeStyle: "short" }),
    brief: (date) => day(date) === day(now)
      ? { timeStyle: "short" }
      : { day: "numeric", month: "short", year: Math.abs(now - date) < 158e8 ? undefined : "numeric" },
  };
  for (const time of document.querySelectorAll("time[data-when]")) {
    const date = new Date(time.dateTime), shape = shapes[time.dataset.when];
    if (!shape || isNaN(date)) continue;
    const form = new Intl.DateTimeFormat(navigator.languages, shape(date));
    time.title = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(date) + " UTC";
    time.lang = form.resolvedOptions().locale;
    time.textContent = form.format(date);
  }
})();
