// Switches the counting of this browser off and on. The flag is in the browser alone; the scripts that tell of readers heed it.
"use strict";
(() => {
  const KEY = "recirc.uncounted", box = document.querySelector("[data-uncounted]"), words = JSON.parse(box.dataset.words);
  const off = () => { try { return localStorage.getItem(KEY) === "true"; } catch { return false; } };
  const set = (value) => {
    try { value ? localStorage.setItem(KEY, "true") : localStorage.removeItem(KEY); } catch { /* blocked: told below */ }
  };
  const show = (wanted) => {
    const blocked = wanted !== undefined && wanted !== off();
    box.querySelector("output").textContent = blocked ? words.blocked : off() ? words.off : words.on;
    box.querySelector("button").textContent = off() ? words.count : words.stop;
    box.hidden = false;
  };
  const change = (value) => { set(value); show(value); };
  box.querySelector("button").addEventListener("click", () => change(!off()));
  const linked = () => {
    const asked = /^#count=(on|off)$/.exec(location.hash);
    asked ? change(asked[1] === "off") : show();
    if (asked) box.scrollIntoView();
  };
  addEventListener("hashchange", linked);
  linked();
})();
