// @vitest-environment happy-dom
import { act, createElement as h } from "react";
import { hydrateRoot, createRoot } from "react-dom/client";
import { renderToReadableStream, renderToString } from "react-dom/server.edge";
import { afterEach, expect, test, vi } from "vitest";
import { RecircShelf, loadShelves, useView } from "@recirc/react";
import { origin, server, siteKey } from "./server.js";

globalThis.IS_REACT_ACT_ENVIRONMENT = true;
// Whatever comes later from the network is drawn within `act`, too.
const settled = (check) => vi.waitFor(async () => { await act(async () => {}); check(); }, 5000);
const url = `${origin}/ferry-strike`, query = { server, key: siteKey, url, slots: 3 };
const props = { server, siteKey, url, slots: 3 };
let root;
afterEach(async () => { await act(() => root?.unmount()); root = undefined; vi.restoreAllMocks(); document.body.replaceChildren(); });

test("a server renders it, and the browser takes it over without a change", async () => {
  const initial = await loadShelves(query);
  const html = renderToString(h(RecircShelf, { ...props, initial, heading: "More" }));
  expect(html.match(/<li>/g)).toHaveLength(3);
  document.body.innerHTML = `<div id="root">${html}</div>`;
  const before = document.querySelector("section"), text = before.outerHTML, asked = vi.spyOn(globalThis, "fetch"), complaints = vi.spyOn(console, "error");
  await act(async () => { root = hydrateRoot(document.querySelector("#root"), h(RecircShelf, { ...props, initial, heading: "More", events: false })); });
  expect(document.querySelector("section")).toBe(before);
  expect(before.outerHTML).toBe(text);
  expect(asked).not.toHaveBeenCalled();
  expect(complaints).not.toHaveBeenCalled();
});

test("it streams in when it is there", async () => {
  const stream = await renderToReadableStream(h("main", null, h(RecircShelf, { ...props, initial: loadShelves(query), fallback: h("p", null, "wait") })));
  const html = await new Response(stream).text();
  expect(html.indexOf("wait")).toBeGreaterThan(0);
  expect(html.indexOf("<li>")).toBeGreaterThan(html.indexOf("wait"));
});

test("without a server it loads by itself; a function shows it in its own way and its clicks are reported", async () => {
  const sent = [], real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation((address, options) => {
    if (!String(address).includes("/v1/events")) return real(address, options);
    sent.push(...JSON.parse(options.body));
    return real(address, options);
  });
  document.body.innerHTML = "<div id='root'></div>";
  root = createRoot(document.querySelector("#root"));
  await act(async () => root.render(h(RecircShelf, { ...props, children: ({ items, title, propsOf }) =>
    h("nav", { "aria-label": title }, items.map(item => h("a", { key: item.article, ...propsOf(item) }, item.headline))) })));
  await settled(() => expect(document.querySelectorAll("nav a")).toHaveLength(3));
  expect(document.querySelector("nav").getAttribute("aria-label")).toBe("More on this");
  document.querySelector("nav a").addEventListener("click", event => event.preventDefault());
  await act(async () => document.querySelector("nav a").click());
  await vi.waitFor(() => expect(sent.filter(each => each.kind === "view")).toHaveLength(2), 5000);
  const [view, click] = sent;
  expect(view.article).toBe(url);
  expect(click).toMatchObject({ shelf: "related", position: 0, source: url });
  expect(click.signature).toBeTruthy();
});

test("a key that is not known shows nothing and says why", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  document.body.innerHTML = "<div id='root'></div>";
  root = createRoot(document.querySelector("#root"));
  await act(async () => root.render(h(RecircShelf, { ...props, siteKey: "sk_wrong" })));
  await settled(() => expect(warned).toHaveBeenCalledWith(expect.stringContaining("not known")));
  expect(document.querySelector("#root").children).toHaveLength(0);
});

test("an article that is not known shows nothing and says why", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  document.body.innerHTML = "<div id='root'></div>";
  root = createRoot(document.querySelector("#root"));
  await act(async () => root.render(h(RecircShelf, { ...props, url: `${origin}/nobody-knows-this`, events: false })));
  await settled(() => expect(warned).toHaveBeenCalledWith(expect.stringContaining("No article is known at")));
  expect(document.querySelector("#root").children).toHaveLength(0);
});

test("what is only prerendered is reported when it is opened, once, and once more out of the browser's memory", async () => {
  const sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (address, options) => (sent.push(...JSON.parse(options.body)), Response.json({})));
  Object.defineProperty(document, "prerendering", { value: true, configurable: true });
  document.body.innerHTML = "<div id='root'></div>";
  root = createRoot(document.querySelector("#root"));
  const Viewed = () => useView({ server, key: siteKey, article: "new-ferry" });
  const flush = () => document.dispatchEvent(new Event("visibilitychange"));
  await act(async () => root.render(h(Viewed)));
  flush();
  expect(sent).toEqual([]);
  delete document.prerendering;
  document.dispatchEvent(new Event("prerenderingchange"));
  document.dispatchEvent(new Event("prerenderingchange"));
  flush();
  expect(sent).toEqual([expect.objectContaining({ kind: "view", article: "new-ferry" })]);
  dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  flush();
  expect(sent).toHaveLength(2);
});
