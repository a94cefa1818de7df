// Dates in the page's language and the newspaper's time, whatever the browser's: on a page that a cache kept, "07:40" of yesterday becomes its day. The exact moment stays in <time>.
"use strict";
(() => {
  const { lang } = document.documentElement, { timezone: timeZone } = document.currentScript.dataset;
  const language = `${lang === "en" ? "en-GB" : lang || "en-GB"}-u-nu-latn`, now = new Date();
  const form = (shape) => {
    try { return new Intl.DateTimeFormat(language, { timeZone, ...shape }); } catch { return null; }
  };
  const days = form({ dateStyle: "short" });
  for (const time of days ? document.querySelectorAll('time[data-when="brief"]') : []) {
    const date = new Date(time.dateTime);
    if (isNaN(date) || days.format(date) === days.format(now) || !/\d[:.]\d/.test(time.textContent)) continue;
    time.textContent = form({ day: "numeric", month: "short" }).format(date);
  }
})();
