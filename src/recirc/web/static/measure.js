// Tells /v1/events what readers do: view, engaged reading, shelves in sight, shares. The page is whole without it.
(() => {
  const doc = document, page = doc.body.dataset.article;
  const all = (what) => doc.querySelectorAll(what);

  // What led here: #from=<shelf>.<position>.<serve id>.<propensity>.<signature>.<source>
  const came = /^#from=([a-z][a-z\d-]*)\.(\d+)\.([\da-f]+)\.([01]\.\d+)\.([\da-f]+)\.(.*)$/.exec(location.hash);
  // A link that was passed on is nobody's click here.
  const ours = came && doc.referrer.startsWith(location.origin + "/");
  const origin = ours ? { shelf: came[1], position: +came[2], serve_id: came[3], propensity: +came[4], signature: came[5] } : {};
  if (came) {
    // Somebody may have cut it.
    try { if (ours && came[6]) origin.source = decodeURIComponent(came[6]); } catch {}
    history.replaceState(history.state, "", location.pathname + location.search);
  }

  const q = [];
  const tell = (kind, more) => {
    const id = [...crypto.getRandomValues(new Uint32Array(3))].map((n) => n.toString(36)).join("");
    q.push({ kind, article: page, id, ...more });
  };
  const flush = () => {
    if (!q.length) return;
    const body = JSON.stringify(q.splice(0, 90)), url = "/v1/events";
    if (!navigator.sendBeacon?.(url, body)) fetch(url, { method: "POST", body, keepalive: true }).catch(() => {});
  };

  // Half of a slot in sight for one second, once a slot and article.
  const seen = new Set(), due = new Map();
  const impress = (item) => {
    const { shelf, serve } = item.closest("[data-shelf]")?.dataset || {}, { article, position, propensity, signature } = item.dataset;
    const key = [shelf, position, article].join();
    if (!shelf || doc.hidden || seen.has(key)) return;
    seen.add(key);
    tell("impression", { article, source: page, shelf, position: +position, serve_id: serve, propensity: +propensity, signature });
  };
  const eye = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      clearTimeout(due.get(target));
      if (isIntersecting) due.set(target, setTimeout(impress, 1000, target));
    }
  }, { threshold: 0.5 });
  const watch = () => all("[data-shelf] li[data-article]").forEach((item) => eye.observe(item));

  // Engaged: the page is in front, and somebody did something in the last 15 seconds.
  let seconds = 0, depth = 0, active;
  const act = () => {
    active = Date.now();
    const box = all(".body")[0]?.getBoundingClientRect();
    if (box?.height) depth = Math.max(depth, Math.min(1, (innerHeight - box.top) / box.height));
  };
  const reading = () => {
    if (seconds) tell("read", { seconds, scroll: +depth.toFixed(3) });
    seconds = 0;
  };
  const report = () => { reading(); flush(); };

  const start = () => {
    tell("view", origin);
    flush(); act(); watch();
    for (const shelves of all("[data-shelves]")) new MutationObserver(watch).observe(shelves, { childList: true });
    for (const link of all("[data-share]")) link.addEventListener("click", () => { reading(); tell("share", { name: link.dataset.share }); flush(); });
    for (const kind of ["scroll", "pointermove", "pointerdown", "keydown"]) addEventListener(kind, act, { passive: true });
    setInterval(() => { if (doc.hasFocus() && !doc.hidden && Date.now() - active < 15000) seconds++; }, 1000);
    setInterval(flush, 2500);
    addEventListener("pagehide", report);
    // What somebody reacts to was read first: it goes before the reaction, in the same message.
    addEventListener("recirc:told", ({ detail }) => { reading(); detail.push(...q.splice(0, 50)); });
    doc.addEventListener("visibilitychange", () => { if (doc.hidden) report(); });
  };
  const begin = () => {
    const wait = doc.prerendering ? "prerenderingchange" : doc.hidden && "visibilitychange";
    wait ? doc.addEventListener(wait, begin, { once: true }) : start();
  };
  // A browser of the newsroom may be switched off at /how-it-works#count=off.
  const uncounted = () => { try { return localStorage["recirc.uncounted"] === "true"; } catch { return false; } };
  if (page && !uncounted()) begin();
})();
