import { createServer } from "node:http";
import { expect, test } from "vitest";
import { RecircClient, RecircError, Reporter } from "@recirc/client";
import { key, origin, server, siteKey } from "./server.js";

const run = `js-${Date.now().toString(36)}`, one = `${run}-1`;

test("what is published is on a shelf, and gone when it is withdrawn", async () => {
  const client = new RecircClient(server, { key }), now = Date.now();
  const article = number => ({
    id: `${run}-${number}`, url: `${origin}/${run}-${number}`, headline: `Harbour wall cracks, report ${number}`, topics: ["Harbour wall"], section: "harbour",
    published: new Date(now - number * 60_000).toISOString(), body: `<p>Engineers measured the harbour wall again, and found crack number ${number}.</p>`,
  });
  expect((await client.publish([1, 2, 3].map(article))).map(each => each.outcome)).toEqual(["new", "new", "new"]);
  expect((await client.publish(article(1)))[0].outcome).toBe("unchanged");
  expect((await client.article(one)).article.headline).toContain("report 1");
  const found = async () => (await client.embed({ article: one, shelf: ["related"] })).shelves.related.items.map(each => each.article);
  await expect.poll(found).toContain(`${run}-2`);
  expect((await client.shelves({ article: one })).related.items.length).toBeGreaterThan(0);
  await client.withdraw(`${run}-2`);
  await expect.poll(found).not.toContain(`${run}-2`);
  expect((await client.health()).status).toBe("ok");
});

test("events that are sent again count once", async () => {
  const client = new RecircClient(server, { key });
  const events = [{ kind: "view", article: one, id: `${run} mine`, reader: "one" }];
  expect(await client.observe(events)).toMatchObject({ accepted: 1, duplicates: 0 });
  expect(await client.observe(events)).toMatchObject({ accepted: 0, duplicates: 1 });
  expect((await client.ranking({ window: "hour", slots: 20 })).kind).toBe("ranking");
});

test("a mistake is an error with its reason, and is not tried again", async () => {
  let tries = 0;
  const counting = (...all) => (tries++, fetch(...all));
  const wrong = new RecircClient(server, { siteKey: "sk_wrong", fetch: counting });
  await expect(wrong.embed({ url: origin })).rejects.toMatchObject({ name: "RecircError", status: 401, message: expect.stringContaining("not known") });
  expect(tries).toBe(1);
});

test("a server that is busy is asked again, with the same ids", async () => {
  const bodies = [];
  const busy = createServer((request, response) => {
    let body = "";
    request.on("data", part => { body += part; }).on("end", () => {
      bodies.push(JSON.parse(body));
      const first = bodies.length === 1;
      response.writeHead(first ? 503 : 202, { "Content-Type": "application/json", ...first && { "Retry-After": "0" } });
      response.end(JSON.stringify(first ? { detail: "busy" } : { accepted: 1, duplicates: 0, excluded: 0, refused: [] }));
    });
  });
  await new Promise(done => busy.listen(0, "127.0.0.1", done));
  const client = new RecircClient(`http://127.0.0.1:${busy.address().port}`, { pause: 5 });
  expect((await client.observe({ kind: "view", article: "a" })).accepted).toBe(1);
  expect(bodies).toHaveLength(2);
  expect(bodies[0][0].id).toBe(bodies[1][0].id);
  busy.close();
  await expect(new RecircClient(`http://127.0.0.1:${busy.address()?.port ?? 9}`, { retries: 1, pause: 1 }).health()).rejects.toBeInstanceOf(RecircError);
});

test("a reporter sends together, and nothing twice", async () => {
  const sent = [];
  const reporter = new Reporter({ observe: async events => sent.push(events) }, { delay: 10 });
  expect(reporter.report({ kind: "view", article: "a" }, "a")).toBe(true);
  expect(reporter.report({ kind: "view", article: "a" }, "a")).toBe(false);
  reporter.report({ kind: "view", article: "b" });
  await expect.poll(() => sent.length).toBe(1);
  expect(sent[0].map(each => each.article)).toEqual(["a", "b"]);
});

test("a page's own key reads and counts", async () => {
  const client = new RecircClient(server, { siteKey });
  const found = await client.embed({ url: `${origin}/ferry-strike`, shelf: ["related"], lang: "fr" });
  expect(found).toMatchObject({ article: `${origin}/ferry-strike`, counted: true, titles: { related: "Sur le même sujet" } });
  expect((await client.observe({ kind: "view", article: found.article })).accepted).toBe(1);
});
