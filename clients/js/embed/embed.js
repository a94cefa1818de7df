// Made by clients/js/generate.py; do not edit.
// Shelves on pages of other sites; see docs/embed.md.
// Served from /embed.js without comments and spaces (`web.scripts.minified`); clients/js/embed has the same as a module.
(() => {
  const doc = globalThis.document;
  if (!doc?.adoptedStyleSheets || customElements.get("recirc-shelf")) return;
  const us = new Set(), pages = new Map(), done = new Set(), q = [],
    // Combined with other scripts, or bundled, it comes from no address of ours: then the attribute `server` names it.
    src = [doc.currentScript, ...doc.querySelectorAll("script[type=module]")].map(one => one?.src).find(it => /\/embed(\/[^/]+)?\.js\b/.test(it)),
    // What is written on one shelf is for all; also for what is sent when none is left.
    memo = {}, said = name => us.size ? memo[name] = [...us].map(one => one.getAttribute(name)).find(Boolean) : memo[name],
    has = name => [...us].some(one => one.hasAttribute(name)),
    at = path => new URL(path, said("server")?.replace(/\/*$/, "/") || (src && new URL(/\/embed\//.test(src) ? ".." : ".", src)) || undefined),

  // Every line has its height before there is text in it: nothing moves when the answer comes.
  // What is tapped has 24 px, whatever the font: a headline reaches up to the line above it.
  // A strict CSP allows a sheet that a script makes, but not a style element or attribute.
    css = text => { const made = new CSSStyleSheet(); return made.replaceSync(text), made; },
    LINES = "(var(--recirc-lines,2)*1.3em", ROW = LINES + " + 2em)",
    STYLE = css(`:host{display:block;color:var(--recirc-colour);background:var(--recirc-background);font-family:var(--recirc-font);padding:var(--recirc-padding,0)}[part=heading]{margin:0 0 .4em;font-weight:700;font-size:1.15em;line-height:1.4;height:1.4em;overflow:hidden}ol{list-style:none;margin:0;padding:0}li{position:relative;box-sizing:border-box;height:calc${ROW};overflow:hidden;border-top:var(--recirc-rule,1px solid #8886)}[part=link]{display:block;padding-top:.4em;min-height:20px;line-height:1.3;font-weight:var(--recirc-weight,600);color:var(--recirc-link);text-decoration:none}em{font-style:normal;font-size:.8em;text-transform:uppercase;color:var(--recirc-flag,inherit)}b{font-weight:inherit;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:var(--recirc-lines,2);overflow:hidden}a:hover{text-decoration:underline}li a:focus{outline-offset:-2px}li[inert]{visibility:hidden}p,[part=about]{font-size:.8em}p{margin:.2em 0;line-height:1.4;height:1.4em;color:var(--recirc-muted);overflow:hidden;white-space:nowrap;text-overflow:ellipsis}summary,details a,label{line-height:max(2.2em,24px)}[part=about]{min-height:max(2.2em,24px)}details a,label{display:block;color:inherit}i{display:block;position:absolute;inset-block:.5em;inset-inline-end:0;width:6.4em;border-radius:var(--recirc-radius,0);overflow:hidden;background:#8883}img{width:100%;height:100%;object-fit:cover;display:block}:host([thumbnails]) li{padding-inline-end:7.2em}:host([layout]) ol{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(12em,100%),1fr));gap:0 1em}:host([layout]) li{height:auto;border:0;padding:0}:host([layout]) i{position:static;width:auto;aspect-ratio:16/9}:host([layout]) b{height:calc${LINES});margin-top:.4em}:host([layout]) b:first-child{margin:0}:host([layout=strip]) ol{display:flex;overflow-x:auto;scroll-snap-type:x mandatory}:host([layout=strip]) li{flex:0 0 min(14em,80%);scroll-snap-align:start}`.replaceAll("[layout]", ":is([layout=cards],[layout=strip])")),
    LESS = css(":host{min-height:0!important}"),
    make = (name, part, more) => { const made = Object.assign(doc.createElement(name), more); return part && (made.part = part), made; },

  // Whoever puts the shelves into a page reads each thing that is wrong once.
    warn = (text, ...more) => done.has(text) || (done.add(text), console.warn("Recirc: " + text, ...more)),
    log = (...all) => has("debug") && console.info("Recirc:", ...all),
    fire = (one, name, detail) => one.dispatchEvent(new CustomEvent("recirc:" + name, { bubbles: true, composed: true, cancelable: true, detail })),
    post = async (path, body) => {
      log(path, body);
      const got = await fetch(at(path), { method: "POST", body: JSON.stringify(body), keepalive: true, credentials: "omit" }), told = await got.json();
      if (!got.ok) throw Error(told.detail);
      return log(told), told;
    },
    keyed = path => path + "?key=" + encodeURIComponent(said("key") || ""),
    seen = work => {
      const e = doc.prerendering ? "prerenderingchange" : doc.hidden && "visibilitychange";
      e ? doc.addEventListener(e, () => seen(work), { once: true }) : work();
    },

  // What a consent platform of the page says (IAB TCF): 1 to store, 6 for a reader's own shelves, 8 to measure.
    granted = (...purposes) => {
      const { gdprApplies, purpose } = tcf || { gdprApplies: false };
      return gdprApplies === false || purposes.every(n => purpose?.consents?.[n] || n > 7 && purpose?.legitimateInterests?.[n]);
    },
    consent = () => tcf ||= self.__tcfapi && (__tcfapi("addEventListener", 2, (told, ok) => {
      if (!ok || told.eventStatus === "cmpuishown") return;
      tcf = told;
      if (!granted(1)) for (const name of ["history", "personal"]) try { delete localStorage["recirc." + name]; } catch {}
      flush();
      for (const one of us) one.slate = 0;
      settle();
    }), tcf || {}),

  // The reader's own history: in this browser only, and only when the reader asked for it.
    kept = (key, v) => {
      try {
        if (v) localStorage["recirc." + key] = JSON.stringify(v);
        return JSON.parse(localStorage["recirc." + key]);
      } catch {}
    },
    may = () => !navigator.globalPrivacyControl && granted(1, 6) && has("personalised"),
    own = () => may() && kept("personal") === true,
    past = () => [kept("history")].flat().filter(one => one?.id),
    note = id => {
      const path = location.pathname + location.search;
      if (id && own()) kept("history", [...past().filter(one => one.id !== id), { id, at: Date.now(), headline: doc.title, path }].slice(-20));
    },

  // Where the page is. A canonical address that was there before the page moved on is that of the page before.
    stated = () => doc.querySelector("link[rel~=canonical]")?.href || doc.querySelector("[property='og:url']")?.content,
    place = () => location.origin + location.pathname + (last?.includes("?") ? location.search : ""),
    here = () => {
      const now = stated();
      if (now !== last) last = now, from = place();
      return now && from === place() ? now : location.href.split("#")[0];
    },
    address = one => {
      const named = [...us].filter(other => other.getAttribute("url")),
        next = one.getAttribute("url") ? one : named.filter(other => other.compareDocumentPosition(one) & 4).pop() || named[0];
      return next ? new URL(next.getAttribute("url"), location).href : here();
    },

  // One answer for all shelves of an article, so that no article is in two of them.
    settle = () => due2 ||= setTimeout(() => {
      due2 = 0;
      consent();
      const all = new Map();
      for (const one of us) {
        one.size = Math.min(20, Math.max(1, one.getAttribute("slots") | 0 || 5));
        one.kind = one.getAttribute("kind") || "related";
        const url = address(one);
        all.set(url, [...all.get(url) || [], one]);
      }
      for (const url of pages.keys()) all.has(url) || pages.delete(url);
      for (const [url, shelves] of all) {
        const page = pages.get(url) || { url };
        pages.set(url, page);
        page.shelves = shelves;
        const wanted = JSON.stringify([said("server"), said("key"), page.body = {
          url,
          slots: Math.max(...shelves.map(one => one.size)),
          shelf: [...new Set(shelves.map(one => one.kind))].sort(),
          brand: said("brand") || undefined,
          lang: shelves[0].getAttribute("lang") || src?.match(/lang=([\w-]+)/)?.[1] || shelves[0].closest("[lang]")?.lang || "",
        }]);
        page.wanted === wanted && !page.again ? shelves.map(one => page.error ? one.fail("error", page.error) : page.slate && one.show(page)) : (page.wanted = wanted, page.again = 0, ask(page));
      }
    }),
    ask = async page => {
      const { wanted } = page, personalised = own();
      try {
        const draw = Object.values(page.slate?.shelves || {})[0]?.serve_id,
          slate = await post(keyed("v1/embed"), { ...page.body, personalised, history: personalised ? past().map(one => one.id) : [], draw });
        if (pages.get(page.url) !== page || page.wanted !== wanted) return;
        page.slate = slate;
        page.error = 0;
        slate.notes?.map(text => warn(text));
        page.shelves.map(one => one.show(page));
        seen(() => pages.size < 2 ? opened(page) : page.shelves.map(one => {
          const whole = one.closest("article") || one;
          eye.unobserve(whole);
          whole.told = page;
          eye.observe(whole);
        }));
      } catch (error) {
        if (page.wanted !== wanted) return;
        page.error = error.message;
        warn(src || said("server") ? error.message : "the attribute `server` must name the server, because this script was not loaded from it.");
        for (const one of page.shelves) one.fail("error", page.error);
      }
    },

  // One view of each article that was really seen. A page that is not known yet is counted when its article arrives.
    opened = (page, again) => {
      const article = page.slate.article || page.url;
      if (pages.get(page.url) !== page || done.has(article) && !again) return;
      done.add(article);
      tell("view", { article });
      note(page.slate.article);
    },
    tell = (kind, about) => {
      log(kind, about);
      if (kept("uncounted") === true || said("events") === "none" || !said("key") && at("").origin !== location.origin) return;
      q.push({ kind, id: Math.random().toString(36), ...about });
      due ||= setTimeout(flush, 2000);
    },
    flush = () => {
      due = clearTimeout(due);
      if (q[0] && granted(8)) post(keyed("v1/events"), q.splice(0, 90)).catch(error => warn(error.message));
    },

  // Half of a slot in sight for one second; of an article, the least of it.
    eye = new IntersectionObserver(rows => {
      for (const { target, isIntersecting, intersectionRatio } of rows) {
        clearTimeout(target.timer);
        const { told } = target, slot = told.article;
        if (isIntersecting && (!slot || intersectionRatio >= .5)) target.timer = setTimeout(() => {
          eye.unobserve(target);
          if (doc.hidden) return seen(() => eye.observe(target));
          if (!slot) return opened(told);
          const key = [told.source, told.shelf, slot].join("\n");
          done.has(key) || (done.add(key), tell("impression", told));
        }, 1000);
      }
    }, { threshold: [0, .5] });

  let due, due2, tcf, last = stated(), from = place();
  // A browser of the newsroom is switched off by opening any of its pages with #recirc-count=off at the end.
  const hash = /#recirc-count=(on|off)$/.exec(location.hash);
  if (hash) kept("uncounted", hash[1] === "on" ? "no" : true);

  doc.addEventListener("visibilitychange", flush);
  // Restored from the browser's memory, a page is opened once more, without anything being loaded.
  addEventListener("pageshow", e => {
    const page = pages.get(here()) || [...pages.values()][0];
    e.persisted && page?.slate && opened(page, 1);
  });
  addEventListener("popstate", settle);
  if (self.navigation) navigation.addEventListener("currententrychange", settle);
  else for (const name of ["pushState", "replaceState"]) {
    const before = history[name];
    history[name] = function (...all) { before.apply(this, all); settle(); };
  }
  new MutationObserver(settle).observe(doc.head, { subtree: true, childList: true, attributes: true, attributeFilter: ["href", "content"] });

  customElements.define("recirc-shelf", class extends HTMLElement {
    static observedAttributes = ["url", "kind", "slots", "heading", "key", "server", "brand", "lang", "thumbnails", "personalised"];
    static refresh() { for (const page of pages.values()) page.again = 1; settle(); }

    connectedCallback() {
      us.add(this);
      if (!this.shadowRoot) {
        this.attachShadow({ mode: "open" }).adoptedStyleSheets = [STYLE];
        this.size = Math.min(20, Math.max(1, this.getAttribute("slots") | 0 || 5));
        this.fill([]);
      }
      doc.readyState === "loading" ? doc.addEventListener("DOMContentLoaded", settle, { once: true }) : settle();
    }

    disconnectedCallback() { us.delete(this); settle(); }

    attributeChangedCallback(name, before, now) {
      if (!this.isConnected || before === now) return;
      this.slate = 0;
      settle();
    }

    refresh() {
      for (const page of pages.values()) if (page.shelves.includes(this)) page.again = 1;
      settle();
    }

    // The host's own text between the tags replaces the shelf, and nothing is kept free for what does not come.
    fail(name, detail) {
      const last = this.shadowRoot.querySelector("slot:not([name])");
      this.slate = 0;
      this.shadowRoot.replaceChildren(make("slot"));
      last || fire(this, name, detail);
      this.later(() => this.shadowRoot.adoptedStyleSheets = [STYLE, LESS]);
    }

    // What the page itself reserved is given back where nobody sees the page move: below what is in sight.
    later(work) {
      new IntersectionObserver(([{ boundingClientRect }], o) => {
        if (boundingClientRect.top < innerHeight) return;
        o.disconnect();
        work();
      }).observe(this);
    }

    show(page) {
      if (this.slate === page.slate) return;
      const { items, method, serve_id } = page.slate.shelves[this.kind] || { items: [] };
      if (!items.length) return this.fail("empty", this.kind);
      this.slate = page.slate;
      this.shadowRoot.adoptedStyleSheets = [STYLE];
      this.fill(items.slice(0, this.size), page, method, serve_id);
      fire(this, "loaded", { article: page.slate.article, kind: this.kind, items });
    }

    fill(items, page, method, serve_id) {
      const { kind: shelf, shadowRoot: root, size } = this, { words = {}, titles, article: source } = page?.slate || {},
        list = make("ol", "list", { role: "list" }), spare = [];
      for (let n = 0; n < size; n++) {
        const { article, position, propensity, signature, url, headline, picture, label, reason } = items[n] || {}, row = make("li", "item"), link = make(url ? "a" : "div", "link");
        if (this.hasAttribute("thumbnails")) {
          const box = make("i", "thumbnail");
          if (picture) box.append(make("img", "image", { loading: "lazy", decoding: "async", alt: "", sizes: this.hasAttribute("layout") ? "320px" : "104px", srcset: picture.srcset, src: picture.src }));
          link.append(box);
        }
        const title = make("b", "headline", { textContent: headline || "\xa0", dir: "auto" });
        if (label && words.labels) title.prepend(make("em", "flag", { textContent: words.labels[label], lang: words.language }), " ");
        link.append(title);
        row.append(link, make("p", "reason", reason && { textContent: reason.text, title: reason.text, lang: words.language }));
        list.append(row);
        if (!url) { row.ariaHidden = true; spare.push(row); continue; }
        link.href = url;
        row.told = { article, shelf, position, serve_id, propensity, signature, source };
        link.onclick = link.onauxclick = e => {
          if (e.button > 1) return;
          fire(this, "click", { article, url, shelf, position }) || e.preventDefault();
          done.add(article);
          tell("view", row.told);
          flush();
        };
        eye.observe(row);
      }
      // Nothing more comes: what cannot be given back is left blank.
      if (page && spare.length) {
        spare.map(row => row.inert = true);
        this.later(() => spare.map(row => row.remove()));
      }
      const why = make("details", "about", { open: root.querySelector("details")?.open }), title = make(page ? "h2" : "div", "heading"), head = make("slot", "", { name: "heading" });
      if (page) {
        head.append(this.getAttribute("heading") || titles[shelf]);
        why.append(make("summary", "why", { textContent: words.why }), make("span", "method", { textContent: method, lang: words.language }));
        if (may()) {
          const box = make("input", "", { type: "checkbox", checked: own() }), label = make("label", "switch");
          box.onchange = () => {
            kept("personal", box.checked || "off");
            box.checked ? note(source) : kept("history", []);
            page.again = 1;
            settle();
          };
          label.append(box, words.personal);
          why.append(label);
        }
        why.append(make("a", "how", { textContent: words.how, href: at("how-it-works") }));
      }
      title.append(head);
      root.replaceChildren(title, list, make("slot", "", { name: "footer" }), page ? why : make("div", "about"));
    }
  });
})();
