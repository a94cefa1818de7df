// Reactions, fresh shelves, the reader's own history. The page is whole without it.
"use strict";
(() => {
  const doc = document, page = doc.body.dataset, article = page.article;
  const find = (selector, root = doc) => root.querySelector(selector);
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const make = (name, more) => Object.assign(doc.createElement(name), more);
  const later = (work) => work.catch(() => {});
  const SHELVES = "/v1/shelves.html", ON = "recirc.personal", HISTORY = "recirc.history", GIVEN = "recirc.reactions";
  const post = (address, body) =>
    fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  // The reader's own history: in this browser only, and only when switched on.
  const get = (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } };
  const set = (key, value) => {
    try {
      value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key);
    } catch { /* blocked: it stays off */ }
  };
  const gpc = navigator.globalPrivacyControl === true;
  const personal = () => !gpc && get(ON) === true;
  const past = () => [get(HISTORY)].flat().filter((e) => typeof e?.id === "string" && /^\/[^/]/.test(e.path));
  if (gpc) { set(ON); set(HISTORY); }
  const remember = () => {
    if (!personal()) return;
    const path = location.pathname + location.search, now = { id: article, at: Date.now(), headline: page.headline, path };
    set(HISTORY, [...past().filter((e) => e.id !== article), now].slice(-20));
  };
  const panel = find("[data-personal]"), words = JSON.parse(panel.dataset.words), toggle = find("[data-switch]"), kept = find("[data-kept]"), list = find("[data-list]");
  const show = () => {
    panel.hidden = false;
    toggle.checked = personal();
    toggle.disabled = gpc;
    kept.hidden = !toggle.checked;
    if (gpc) find("[data-says]").textContent = words.gpc;
    list.replaceChildren(...past().map((e) => {
      const item = make("li"), forget = make("button", { type: "button", textContent: words.forget });
      forget.dataset.forget = e.id;
      forget.setAttribute("aria-label", `${words.forget}: ${e.headline}`);
      item.append(make("a", { href: e.path, textContent: e.headline, dir: "auto" }), " ", forget);
      return item;
    }));
  };
  const personalise = (on) => {
    set(ON, on);
    if (!on) set(HISTORY);
    remember(); show(); later(refresh(true));
  };
  toggle.addEventListener("change", () => personalise(toggle.checked));
  find("[data-clear]").addEventListener("click", () => { set(HISTORY); hold(null); show(); mark(); later(refresh()); });
  list.addEventListener("click", ({ target }) => {
    const id = target.dataset.forget;
    if (id === undefined) return;
    const place = all("[data-forget]", list).indexOf(target);
    set(HISTORY, past().filter((e) => e.id !== id));
    show(); later(refresh());
    (all("[data-forget]", list)[place] || find("[data-clear]")).focus();
  });

  // Fresh shelves, where a reader sees a difference.
  const place = find("[data-shelves]");
  // A trial lasts as long as the page: nothing appears or disappears at random.
  const draw = find("[data-serve]").dataset.serve;
  let paused = false;
  const pauses = () => {
    const pause = find("[data-pause]", place);
    pause.hidden = false;
    pause.textContent = paused ? words.resume : words.pause;
  };
  place.addEventListener("click", ({ target }) => {
    if (target.matches("[data-impersonal]")) { personalise(false); panel.scrollIntoView({ block: "nearest" }); toggle.focus(); }
    if (!target.matches("[data-pause]")) return;
    paused = !paused; pauses();
    if (!paused) later(refresh());
  });
  // Nothing moves under a pointer, focus or selection, nor while somebody reads why.
  const inUse = (shelf) => {
    const chosen = getSelection();
    return shelf.matches(":hover, :has(:focus:not([data-pause]), details[open])") || (!chosen.isCollapsed && chosen.containsNode(shelf, true));
  };
  const renew = (old, fresh, asked) => {
    if (!asked && (old.dataset.version === fresh.dataset.version || inUse(old))) return;
    const before = new Map(all("li", old).map(({ dataset: of }) => [of.article, of.position]));
    const focused = find("[data-pause]:focus", old);
    old.replaceWith(fresh); pauses();
    if (focused) find("[data-pause]", fresh).focus({ preventScroll: true });
    for (const { classList, dataset } of all("li[data-article]", fresh)) classList.toggle("moved", before.get(dataset.article) !== dataset.position);
  };
  const refresh = async (asked) => {
    if (doc.hidden) return;
    const wanted = { article, draw, personalised: personal(), published_only: "published" in page };
    // Half an hour's pause ends a visit.
    const was = past(), ids = was.map((e) => e.id);
    const cut = 1 + was.findLastIndex((e, n) => !((was[n + 1]?.at || Date.now()) - e.at < 18e5));
    const answer = await (wanted.personalised
      ? post(SHELVES, { ...wanted, history: ids.slice(cut), earlier: ids.slice(0, cut) })
      : fetch(`${SHELVES}?${new URLSearchParams(wanted)}`));
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of all("[data-shelf]", fresh)) {
      const old = find(`[data-shelf=${one.dataset.shelf}]`, place);
      if (old) renew(old, one, asked === true);
    }
  };

  // Reactions. What this browser gave today is remembered in it, so that it can be taken back: nobody else could tell.
  const today = () => new Date().toISOString().slice(0, 10), note = find("[data-note]");
  // Where storage is blocked, the page itself remembers.
  let own = null, marked = today();
  const hold = (what) => { set(GIVEN, what); own = get(GIVEN) ? null : what; };
  const given = () => { const kept = get(GIVEN) || own; return kept?.day === today() ? kept.names || {} : {}; };
  const gave = (name) => (given()[article] || []).includes(name);
  const mark = () => {
    marked = today();
    for (const button of all("[data-reaction]")) {
      button.disabled = false;
      button.setAttribute("aria-pressed", String(gave(button.dataset.reaction)));
    }
  };
  const count = async () => {
    const { reactions } = await (await fetch(page.api)).json();
    for (const one of all("[data-count]")) {
      const said = reactions[one.dataset.count];
      one.textContent = said.toLocaleString(`${doc.documentElement.lang}-u-nu-latn`);
      one.classList.toggle("none", !said);
    }
  };
  for (const button of all("[data-reaction]")) {
    button.addEventListener("click", async () => {
      const name = button.dataset.reaction, undo = gave(name);
      // What is shown may be of yesterday, or of before another window changed it.
      if (String(undo) !== button.getAttribute("aria-pressed")) {
        note.textContent = marked === today() ? words.elsewhere : words.newDay;
        return void mark();
      }
      if (get("recirc.uncounted") === true) return void (note.textContent = words.uncounted);
      button.disabled = true;
      const before = [];
      dispatchEvent(new CustomEvent("recirc:told", { detail: before }));
      const told = await post("/v1/events", [...before, { kind: "reaction", article, name, undo }]).then((got) => got.json()).catch(() => ({}));
      const taken = told.accepted > 0 && !told.refused.length;
      note.textContent = !taken ? words.refused : undo ? words.undone : words.thanks;
      if (taken) {
        const all = given(), others = (all[article] || []).filter((one) => one !== name);
        hold({ day: today(), names: { ...all, [article]: undo ? others : [...others, name] } });
      }
      mark();
      setTimeout(() => later(count()), 300);
    });
  }
  const copy = find("[data-link]");
  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const address = copy.dataset.link;
      // No TLS, no clipboard.
      try { await navigator.clipboard.writeText(address); } catch { return void prompt("", address); }
      copy.textContent = words.copied;
    });
  }

  const start = () => {
    if (get(GIVEN)?.day !== today()) set(GIVEN);
    remember(); show(); pauses(); mark();
    if (personal()) later(refresh());
    const turn = () => { if (!paused) later(refresh()); };
    setInterval(turn, 5000);
    doc.addEventListener("visibilitychange", () => { if (!doc.hidden) turn(); });
  };
  const begin = () => {
    const wait = doc.prerendering ? "prerenderingchange" : doc.hidden && "visibilitychange";
    wait ? doc.addEventListener(wait, begin, { once: true }) : start();
  };
  begin();
})();
