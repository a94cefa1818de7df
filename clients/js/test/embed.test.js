import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { buildSync } from "esbuild";

test("on a server the element does nothing and harms nothing", async () => {
  const { refresh } = await import("@recirc/embed");
  expect(refresh()).toBeUndefined();
});

test("a bundler takes it in", () => {
  const { outputFiles } = buildSync({ stdin: { contents: "import '@recirc/embed'", resolveDir: "." }, bundle: true, minify: true, write: false, format: "esm" });
  expect(outputFiles[0].text).toContain("recirc-shelf");
  expect(readFileSync("embed/embed.js", "utf8")).toContain("customElements.define");
});
