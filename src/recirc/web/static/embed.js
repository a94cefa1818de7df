// Shelves on pages of other sites; see docs/embed.md.
// Served from /embed.js without comments and spaces (`web.scripts.minified`), and with the words of `?lang=`.
(() => {
  const doc = document, base = doc.currentScript.src, us = [], q = [];
  const WORDS = ["Why these?", "How they are chosen", "Use what I read here", "en"],
    TITLES = { related: "More on this", ranking: "Most read", recommendation: "Read next" };
  if (customElements.get("recirc-shelf") || !doc.adoptedStyleSheets) return;

  // Every line has its height before there is text in it: nothing moves when the answer comes.
  // What is tapped has 24 px, whatever the font: a headline reaches up to the line above it.
  // A strict CSP allows a sheet that a script makes, but not a style element or attribute.
  const ROW = "(var(--recirc-lines,2)*1.3em + 2em)";
  const css = text => { const made = new CSSStyleSheet(); return made.replaceSync(text), made; },
    STYLE = css(`:host{display:block;color:var(--recirc-colour);background:var(--recirc-background);font-family:var(--recirc-font);padding:var(--recirc-padding,0)}h2{margin:0 0 .4em;font-size:1.15em;line-height:1.4;height:1.4em;overflow:hidden}ol{list-style:none;margin:0;padding:0}li{box-sizing:border-box;height:calc${ROW};overflow:hidden;border-top:var(--recirc-rule,1px solid #8886)}li a{padding-top:.4em;min-height:20px;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:var(--recirc-lines,2);overflow:hidden;line-height:1.3;font-weight:var(--recirc-weight,600);color:var(--recirc-link);text-decoration:none}a:hover{text-decoration:underline}a:focus{outline-offset:-2px}p,details{font-size:.8em}p{margin:.2em 0;line-height:1.4;color:var(--recirc-muted);overflow:hidden;white-space:nowrap;text-overflow:ellipsis}summary,a,label{line-height:max(2.2em,24px)}a,label{display:block;color:inherit}`),
    LESS = css(":host{min-height:0!important}"), GONE = css(":host{display:none!important}"),
    make = (name, more) => Object.assign(doc.createElement(name), more),

    said = name => us.map(one => one.getAttribute(name)).find(Boolean);
  // Whoever puts the shelves into a page reads once why one of them stays empty.
  let warn = text => { warn = () => {}; console.warn(text); },
    post = async (path, body) => {
      const got = await fetch(new URL(path, base), { method: "POST", body: JSON.stringify(body), keepalive: true, credentials: "omit" }), told = await got.json();
      return got.ok || warn(told.detail), told;
    },
    seen = work => {
      const e = doc.prerendering ? "prerenderingchange" : doc.hidden && "visibilitychange";
      e ? doc.addEventListener(e, () => seen(work), { once: true }) : work();
    },

  // The reader's own history: in this browser only, and only when the reader asked for it.
    kept = (key, v) => {
      try {
        if (v) localStorage["recirc." + key] = JSON.stringify(v);
        return JSON.parse(localStorage["recirc." + key]);
      } catch {}
    },
    may = () => !navigator.globalPrivacyControl && us.some(one => one.hasAttribute("personalised")),
    own = () => may() && kept("personal") === true,
    past = () => [kept("history")].flat().filter(one => one?.id),
    note = () => {
      const id = slate.article, path = location.pathname + location.search;
      if (id && own()) kept("history", [...past().filter(one => one.id !== id), { id, at: Date.now(), headline: doc.title, path }].slice(-20));
    };

  // One answer for all shelves of a page, so that no article is in two of them.
  let asked, slate, due, url;
  const ask = async () => {
    slate = await post("v1/shelves?absolute=true", {
      url: url = said("url") || doc.querySelector("link[rel~=canonical]")?.href || doc.querySelector("[property='og:url']")?.content || location.href.split("#")[0],
      slots: Math.max(...us.map(one => one.size)),
      shelf: [...new Set(us.map(one => one.kind))],
      published_only: true,
      language: WORDS[3],
      personalised: own(),
      history: own() ? past().map(one => one.id) : [],
      draw: slate?.[us[0].kind].serve_id,
    });
    for (const one of us) one.show();
  };

  // A browser of the newsroom is switched off by opening any of its pages with #recirc-count=off at the end.
  const hash = /#recirc-count=(on|off)$/.exec(location.hash);
  if (hash) kept("uncounted", hash[1] === "on" ? "no" : true);
  const tell = (kind, about) => {
    if (kept("uncounted") === true) return;
    if (said("events") === "none" || !said("key") && new URL(base).origin !== origin) return;
    q.push({ kind, id: Math.random().toString(36), ...about });
    due ||= setTimeout(flush, 2000);
  }, flush = () => {
    due = clearTimeout(due);
    if (q[0]) post("v1/events?key=" + (said("key") || ""), q.splice(0, 90)).catch(() => {});
  };
  doc.addEventListener("visibilitychange", flush);

  // Half of a slot in sight for one second.
  const eye = new IntersectionObserver(rows => {
    for (const { target, isIntersecting } of rows) {
      clearTimeout(target.timer);
      if (isIntersecting) target.timer = setTimeout(() => {
        eye.unobserve(target);
        doc.hidden ? seen(() => eye.observe(target)) : tell("impression", target.told);
      }, 1000);
    }
  }, { threshold: .5 });

  customElements.define("recirc-shelf", class extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.size = Math.min(20, Math.max(1, this.getAttribute("slots") | 0 || 5));
      this.kind = this.getAttribute("kind") || "related";
      this.attachShadow({ mode: "open" });
      this.wear(STYLE, css(`:host{min-height:calc(4em + ${this.size}*${ROW})}`));
      // Nothing is requested for a kind that does not exist, and it fails.
      TITLES[this.kind] ? us.push(this) : warn("no shelf: " + this.kind);
      asked ||= new Promise(done => doc.readyState === "loading" ? doc.addEventListener("DOMContentLoaded", done) : setTimeout(done))
        .then(ask).then(() => seen(() => {
          // A page that is not known yet is counted when its article arrives.
          tell("view", { article: slate.article || url });
          note();
        }));
      asked.then(() => this.show()).catch(() => this.fail());
    }

    wear(...sheets) { this.shadowRoot.adoptedStyleSheets.push(...sheets); }

    // The host's own text between the tags replaces the shelf.
    fail() {
      this.shadowRoot.replaceChildren(make("slot"));
      this.later(this.firstElementChild ? LESS : GONE);
    }

    // Space is given back only where nobody sees the page move: below what is in sight.
    later(sheet) {
      new IntersectionObserver(([{ boundingClientRect }], o) => {
        if (boundingClientRect.top < innerHeight) return;
        o.disconnect();
        this.wear(sheet);
      }).observe(this);
    }

    show() {
      if (this.slate === slate) return;
      this.slate = slate;
      const { kind: shelf, shadowRoot: root } = this;
      const { items, method, serve_id } = slate[shelf], shown = items.slice(0, this.size), list = make("ol", { role: "list" });
      if (!shown.length) return this.fail();
      if (shown.length < this.size) this.later(LESS);
      for (const { article, position, propensity, signature, url, headline, reason: { text } } of shown) {
        const row = make("li"), link = make("a", { href: url, textContent: headline, dir: "auto" });
        row.told = { article, shelf, position, serve_id, propensity, signature, source: slate.article };
        link.onclick = link.onauxclick = ({ button }) => { if (button < 2) tell("view", row.told), flush(); };
        row.append(link, make("p", { textContent: text, title: text, lang: WORDS[3] }));
        eye.observe(row);
        list.append(row);
      }
      const why = make("details", { lang: WORDS[3], open: root.querySelector("details")?.open });
      why.append(make("summary", { textContent: WORDS[0] }), method);
      if (may()) {
        const box = make("input", { type: "checkbox", checked: own() }), label = make("label");
        box.onchange = () => {
          kept("personal", box.checked || "off");
          box.checked ? note() : kept("history", []);
          ask().catch(() => {});
        };
        label.append(box, WORDS[2]);
        why.append(label);
      }
      why.append(make("a", { textContent: WORDS[1], href: new URL("how-it-works", base) }));
      root.replaceChildren(make("h2", { textContent: this.getAttribute("heading") || TITLES[shelf] }), list, why);
    }
  });
})();
