// Shelves as React components; see docs/clients.md. Without JSX, so that it runs as it is.
import { Reporter, RecircClient } from "@recirc/client";
import { createElement as h, Suspense, use, useCallback, useEffect, useRef, useState } from "react";

const reporters = new Map();
const told = new Set();

/** Whoever puts shelves into a page reads each thing that is wrong once. */
function warn(text) {
  if (told.has(text)) return;
  told.add(text);
  console.warn(`Recirc: ${text}`);
}

/** Call `work` once a reader sees the page, which may be prerendered or in the background. Returns how to call it off. */
function whenSeen(work) {
  const event = document.prerendering ? "prerenderingchange" : document.hidden && "visibilitychange";
  if (!event) return work();
  let stop;
  const again = () => { stop = whenSeen(work); };
  document.addEventListener(event, again, { once: true });
  return () => { document.removeEventListener(event, again); stop?.(); };
}

/** One queue of events for each server and key. */
function reporterOf(server, siteKey) {
  const place = `${server} ${siteKey}`;
  if (!reporters.has(place)) reporters.set(place, new Reporter(new RecircClient(server, { siteKey })));
  return reporters.get(place);
}

/** What a server renders with: the answer of `/v1/embed`. `key` is the site key. */
export function loadShelves({ server, key, kinds = ["related"], slots = 5, ...request }) {
  return new RecircClient(server, { siteKey: key }).embed({ shelf: [kinds].flat(), slots, ...request });
}

/** The shelf of an article: `initial` is what the server has loaded; without it, it is loaded in the browser. */
export function useShelf({ server, key, url, kind = "related", slots = 5, lang, initial }) {
  const place = [server, key, url, kind, slots, lang].join("\n");
  const [held, hold] = useState({ place, answer: initial });
  const [asked, ask] = useState(0);
  const answer = held.place === place ? held.answer : undefined;
  useEffect(() => {
    if (answer && !asked) return;
    let gone = false;
    loadShelves({ server, key, url: url ?? globalThis.location.href, kinds: [kind], slots, lang }).then(
      told => gone || hold({ place, answer: told }),
      error => gone || (warn(error.message), hold({ place, error })),
    );
    return () => { gone = true; };
  }, [place, asked]);
  useEffect(() => { answer?.notes?.forEach(warn); }, [answer]);
  const shelf = answer?.shelves[kind];
  return {
    shelf,
    items: shelf?.items.slice(0, slots) ?? [],
    title: answer?.titles[kind] ?? "",
    article: answer?.article ?? null,
    language: answer?.words.language ?? "en",
    loading: !answer && held.place === place && !held.error,
    error: held.place === place ? held.error : undefined,
    refresh: useCallback(() => ask(count => count + 1), []),
  };
}

/** Reports the view of an article once a reader sees it: once in the life of the page, and when the browser takes the page out of its memory. */
export function useView({ server, key, article, url, events = true }) {
  useEffect(() => {
    const opened = article ?? url;
    if (!events || !key || !opened) return;
    const report = once => { reporterOf(server, key).report({ kind: "view", article: opened }, once); };
    const restored = event => { if (event.persisted) report(); };
    addEventListener("pageshow", restored);
    const stop = whenSeen(() => report(`view ${opened}`));
    return () => { removeEventListener("pageshow", restored); stop?.(); };
  }, [server, key, article, url, events]);
}

/** What an event says of a slot. */
const slotOf = (shelf, item, source) => ({
  article: item.article, shelf: shelf.kind, position: item.position, serve_id: shelf.serve_id,
  propensity: item.propensity, signature: item.signature, ...source && { source },
});

/** Properties for a link or whatever shows an item: an impression is reported when half of it was in sight for a second. */
export function useItemProps({ server, key, shelf, source, events = true }) {
  const eye = useRef(), watched = useRef(new Map());
  useEffect(() => () => eye.current?.disconnect(), []);
  return useCallback(item => {
    const reporter = () => reporterOf(server, key), id = `${source} ${shelf?.kind} ${item.article}`;
    return {
      href: item.url,
      ref(node) {
        if (!node || !key || !events || !globalThis.IntersectionObserver) return;
        eye.current ??= new IntersectionObserver(rows => {
          for (const { target, isIntersecting } of rows) {
            clearTimeout(target.recircTimer);
            if (!isIntersecting) continue;
            target.recircTimer = setTimeout(() => {
              eye.current.unobserve(target);
              if (document.hidden) return void whenSeen(() => target.isConnected && eye.current.observe(target));
              watched.current.get(target)?.report();
            }, 1000);
          }
        }, { threshold: 0.5 });
        watched.current.set(node, { report: () => reporter().report({ kind: "impression", ...slotOf(shelf, item, source) }, `impression ${id}`) });
        eye.current.observe(node);
      },
      onClick() {
        if (!key || !events) return;
        reporter().report({ kind: "view", ...slotOf(shelf, item, source) });
        reporter().flush();
      },
    };
  }, [server, key, shelf, source, events]);
}

function Shelf({ server, siteKey, url, kind = "related", slots = 5, lang, heading, thumbnails, events = true, initial, className, children }) {
  const found = useShelf({ server, key: siteKey, url, kind, slots, lang, initial });
  useView({ server, key: siteKey, article: found.article, url, events: events && !found.loading && !found.error });
  const propsOf = useItemProps({ server, key: siteKey, shelf: found.shelf, source: found.article, events });
  const title = heading ?? found.title;
  if (children) return children({ ...found, title, propsOf });
  if (!found.items.length) return null;
  return h("section", { className: className ?? "recirc-shelf", "aria-label": title, "data-kind": kind },
    h("h2", null, title),
    h("ol", { role: "list" }, found.items.map(item =>
      h("li", { key: item.article },
        h("a", propsOf(item),
          thumbnails && item.picture && h("img", { src: item.picture.src, srcSet: item.picture.srcset, sizes: "320px", width: item.picture.width, height: item.picture.height, alt: "", loading: "lazy", decoding: "async" }),
          item.headline),
        h("p", { lang: found.language }, item.reason.text)))));
}

function Streamed({ initial, ...rest }) {
  return h(Shelf, { ...rest, initial: use(initial) });
}

/**
 * A shelf. `initial` is the answer of `loadShelves`, or its promise: then the shelf streams in when it is there.
 * A function as its child shows the items in its own way.
 */
export function RecircShelf({ fallback = null, ...rest }) {
  const streams = typeof rest.initial?.then === "function";
  return streams ? h(Suspense, { fallback }, h(Streamed, rest)) : h(Shelf, rest);
}
