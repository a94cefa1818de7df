// Beacons, reactions, fresh shelves, the reader's own history. The page is whole without it.
"use strict";
(() => {
  const doc = document, page = doc.body.dataset, article = page.article;
  if (!article) return;
  const find = (selector, root = doc) => root.querySelector(selector);
  const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
  const later = (work) => work.catch(() => {});
  const EVENTS = "/v1/events", SHELVES = "/v1/shelves.html", ON = "recirc.personal", HISTORY = "recirc.history";
  const post = (address, body) =>
    fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  // What led here: #from=<shelf>.<position>.<serve id>.<propensity>.<source>
  const came = /^#from=(r\w+)\.(\d{1,3})\.([0-9a-f]{1,16})\.([01]\.\d{6})\.(.*)$/.exec(location.hash);
  // A link that was passed on is nobody's click here.
  const ours = came && doc.referrer.startsWith(`${location.origin}/`);
  const origin = ours ? { shelf: came[1], position: +came[2], serve_id: came[3], propensity: +came[4] } : {};
  if (came) {
    try { if (ours && came[5]) origin.source = decodeURIComponent(came[5]); } catch { /* somebody cut it */ }
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  const event = (kind, more) => {
    const id = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(36)).join("");
    return { kind, article, id, ...more };
  };
  const beacon = (events) => {
    const body = JSON.stringify(events);
    if (!navigator.sendBeacon?.(EVENTS, body)) later(fetch(EVENTS, { method: "POST", body, keepalive: true }));
  };

  // Impressions: half of a slot in sight for one second, once a slot and article, sent together.
  const seen = new Set(), timers = new Map(), queue = [];
  const flush = () => { if (queue.length) beacon(queue.splice(0, 90)); };
  const impress = (item) => {
    const { shelf, serve } = item.closest("[data-shelf]")?.dataset || {};
    if (!shelf || doc.hidden) return;
    watcher.unobserve(item);
    const at = item.dataset, key = [shelf, at.position, at.article].join();
    if (seen.has(key)) return;
    seen.add(key);
    queue.push(event("impression", { article: at.article, source: article, shelf, position: +at.position, serve_id: serve, propensity: +at.propensity }));
  };
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(timers.get(target));
      if (isIntersecting) timers.set(target, setTimeout(impress, 1000, target));
    }
  }, { threshold: 0.5 });
  const watch = (root) => all("li", root).forEach((item) => watcher.observe(item));

  // Engaged time: the page is in front, and somebody did something in the last 15 seconds.
  let seconds = 0, depth = 0, active = Date.now();
  const act = () => {
    active = Date.now();
    const box = find(".body")?.getBoundingClientRect();
    if (box?.height) depth = Math.max(depth, Math.min(1, (innerHeight - box.top) / box.height));
  };
  const report = () => {
    flush();
    if (seconds) beacon(event("read", { seconds, scroll: +depth.toFixed(3) }));
    seconds = 0;
  };

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
  const panel = find("[data-personal]"), toggle = find("[data-switch]"), kept = find("[data-kept]");
  const show = () => {
    panel.hidden = false;
    toggle.checked = personal();
    toggle.disabled = gpc;
    kept.hidden = !toggle.checked;
    if (gpc) find("[data-says]").textContent = "Your browser asks for privacy (Global Privacy Control): this stays off.";
    find("[data-list]").replaceChildren(...past().map((e) => {
      const item = doc.createElement("li"), link = doc.createElement("a");
      link.href = e.path;
      link.textContent = e.headline;
      item.append(link);
      return item;
    }));
  };
  toggle.addEventListener("change", () => {
    set(ON, toggle.checked);
    if (!toggle.checked) set(HISTORY);
    remember(); show(); later(refresh());
  });
  find("[data-clear]").addEventListener("click", () => { set(HISTORY); show(); later(refresh()); });

  // Fresh shelves, where a reader sees a difference.
  const place = find("[data-shelves]");
  // A trial lasts as long as the page: nothing comes and goes by lot.
  const draw = find("[data-serve]").dataset.serve;
  let paused = false;
  const pauses = () => {
    const pause = find("[data-pause]", place);
    pause.hidden = false;
    pause.textContent = `${paused ? "Resume" : "Pause"} live updates`;
  };
  place.addEventListener("click", ({ target }) => {
    if (!target.matches("[data-pause]")) return;
    paused = !paused; pauses();
    if (!paused) later(refresh());
  });
  // Nothing moves under a pointer, focus or selection.
  const inUse = (shelf) => {
    const chosen = getSelection();
    return shelf.matches(":hover, :has(:focus:not([data-pause]))") || (!chosen.isCollapsed && chosen.containsNode(shelf, true));
  };
  const renew = (old, fresh) => {
    if (old.dataset.version === fresh.dataset.version || inUse(old)) return;
    const before = new Map(all("li", old).map(({ dataset: of }) => [of.article, of.position]));
    const focused = find(":focus", old);
    old.replaceWith(fresh); pauses();
    if (focused) find("[data-pause]", fresh).focus({ preventScroll: true });
    for (const { classList, dataset } of all("li", fresh)) classList.toggle("moved", before.get(dataset.article) !== dataset.position);
    watch(fresh);
  };
  const refresh = async () => {
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
    for (const one of all("[data-shelf]", fresh)) renew(find(`[data-shelf=${one.dataset.shelf}]`, place), one);
  };

  const button = find("[data-reaction]");
  const count = async () => {
    const { reactions } = await (await fetch(page.api)).json();
    find("[data-count]").textContent = reactions[button.dataset.reaction].toLocaleString("en");
  };
  if (button) {
    button.disabled = false;
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-pressed") === "true") return;
      const told = await post(EVENTS, event("reaction", { name: button.dataset.reaction })).then((got) => got.json()).catch(() => ({}));
      const taken = told.accepted + told.duplicates > 0;
      find("[data-note]").textContent = taken ? "Thank you." : "That was not taken.";
      if (!taken) return;
      button.setAttribute("aria-pressed", "true");
      setTimeout(() => later(count()), 300);
    });
  }
  for (const link of all("[data-share]")) {
    link.hidden = false;
    link.addEventListener("click", async () => {
      const address = link.dataset.link;
      // No TLS, no clipboard.
      try { if (address) await navigator.clipboard.writeText(address); } catch { return void prompt("", address); }
      if (address) link.textContent = "Copied";
      beacon(event("share", { name: link.dataset.share }));
    });
  }

  const start = () => {
    beacon(event("view", origin));
    remember(); show(); pauses(); act(); watch(place);
    if (personal()) later(refresh());
    for (const kind of ["scroll", "pointermove", "pointerdown", "keydown"]) addEventListener(kind, act, { passive: true });
    setInterval(() => { if (!doc.hidden && doc.hasFocus() && Date.now() - active < 15000) seconds += 1; }, 1000);
    setInterval(flush, 2500);
    const turn = () => { if (!paused) later(refresh()); };
    setInterval(turn, 5000);
    addEventListener("pagehide", report);
    doc.addEventListener("visibilitychange", () => (doc.hidden ? report() : turn()));
  };
  if (doc.prerendering) doc.addEventListener("prerenderingchange", start, { once: true });
  else if (doc.hidden) doc.addEventListener("visibilitychange", start, { once: true });
  else start();
})();
