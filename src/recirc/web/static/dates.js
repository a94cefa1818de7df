// Dates in the page's language and the reader's time; in English as the pages write them, "29 November 2026". The exact moment stays in <time>, and in its title.
"use strict";
(() => {
  const { lang } = document.documentElement, language = /^en\b/.test(lang) ? "en-GB" : lang || "en-GB";
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
    const form = new Intl.DateTimeFormat(language, shape(date));
    time.title = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "UTC" }).format(date) + " UTC";
    time.lang = form.resolvedOptions().locale;
    time.textContent = form.format(date);
  }
})();
