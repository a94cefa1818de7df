// Two pages of a site, as its own server makes them: one that React renders and takes over, one whose bundle has the embed script.
// Both bundles are Vite's.
// node test/site.js FOLDER
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { RecircShelf, loadShelves } from "@recirc/react";
import { build } from "vite";
import { origin, server, siteKey } from "./server.js";

const folder = process.argv[2], props = { server, siteKey, url: `${origin}/ferry-strike`, slots: 3 };
const bundle = async contents => {
  const entry = { name: "entry", resolveId: id => id === "entry" ? "\0entry" : undefined, load: id => id === "\0entry" ? contents : undefined };
  const made = await build({ configFile: false, logLevel: "error", plugins: [entry], build: { write: false, rollupOptions: { input: "entry", output: { format: "iife" } } } });
  return made.output[0].code;
};
const page = (body, script) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><script src="/${script}" defer></script></head><body><main><h1>A page</h1>${body}</main></body></html>`;
const data = value => JSON.stringify(value).replaceAll("<", "\\u003c");

const initial = await loadShelves({ server, key: siteKey, url: props.url, slots: 3 });
const html = renderToString(h(RecircShelf, { ...props, initial }));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "react"), page(`<div id="shelf">${html}</div><script type="application/json" id="data">${data({ ...props, initial })}</script>`, "react.js"));
writeFileSync(join(folder, "react.js"), await bundle(`
  import { createElement } from "react";
  import { hydrateRoot } from "react-dom/client";
  import { RecircShelf } from "@recirc/react";
  const props = JSON.parse(document.getElementById("data").textContent);
  hydrateRoot(document.getElementById("shelf"), createElement(RecircShelf, props), { onRecoverableError: error => console.error(error) });
`));
writeFileSync(join(folder, "bundled"), page(`<recirc-shelf server="${server}" key="${siteKey}" url="${props.url}" slots="3"></recirc-shelf>`, "bundled.js"));
writeFileSync(join(folder, "bundled.js"), await bundle("import '@recirc/embed'"));
