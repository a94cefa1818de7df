// Fetches the page anew every few seconds and replaces what has changed in its live part; open details and the focus stay.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const seconds = Number(live.dataset.live) || 10;
  const renew = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("live");
      if (!next) return;
      if (next.dataset.live !== live.dataset.live) { location.reload(); return; }
      for (const open of live.querySelectorAll("details[open]")) {
        const same = open.id && next.querySelector("#" + CSS.escape(open.id));
        if (same) same.open = true;
      }
      if (live.contains(document.activeElement) && document.activeElement !== live) return;
      if (next.innerHTML !== live.innerHTML) live.replaceChildren(...next.childNodes);
    } catch { /* the next turn tries again */ }
  };
  setInterval(renew, seconds * 1000);
})();
