// Calls a Recirc server with `fetch`; see docs/clients.md. Nothing but the platform is needed.

const BATCH = { articles: 200, events: 5000, browserEvents: 90 };
const TEMPORARY = new Set([408, 429, 502, 503, 504]);

/** A request that failed: `status` (0: no answer), `type` and `errors` as in the server's problem details. */
export class RecircError extends Error {
  constructor(message, { status = 0, type = "", errors = [], cause } = {}) {
    super(message, { cause });
    this.name = "RecircError";
    this.status = status;
    this.type = type;
    this.errors = errors;
  }
}

const randomId = () => globalThis.crypto.randomUUID();

/** Every event with an id of its own, so that one that is sent twice counts once. */
export const withIds = events => events.map(event => (event.id ? event : { ...event, id: randomId() }));

export class RecircClient {
  #server;
  #options;

  constructor(server, options = {}) {
    this.#server = server.replace(/\/*$/, "/");
    this.#options = { retries: 4, timeout: 10_000, pause: 250, fetch: (...all) => globalThis.fetch(...all), ...options };
  }

  /** Publish one article or many; what is published again unchanged stays as it is. */
  async publish(articles) {
    const all = [articles].flat(), results = [];
    for (let from = 0; from < all.length; from += BATCH.articles) {
      const answer = await this.#ask("POST", "v1/articles", { body: all.slice(from, from + BATCH.articles) });
      results.push(...[answer].flat());
    }
    return results;
  }

  /** Take an article off; again is no error. */
  withdraw(id) {
    return this.#ask("DELETE", "v1/articles", { query: { id } });
  }

  article(id) {
    return this.#ask("GET", "v1/articles", { query: { id } });
  }

  /** Send what readers did. Each event gets its id before the first try. */
  async observe(events, { keepalive = false } = {}) {
    const all = withIds([events].flat()), result = { accepted: 0, duplicates: 0, excluded: 0, refused: [] };
    const most = this.#options.siteKey ? BATCH.browserEvents : BATCH.events;
    for (let from = 0; from < all.length; from += most) {
      const body = all.slice(from, from + most);
      const answer = await this.#ask("POST", "v1/events", { body, keepalive, query: this.#siteKey() });
      for (const name of ["accepted", "duplicates", "excluded"]) result[name] += answer[name];
      result.refused.push(...answer.refused ?? []);
    }
    return result;
  }

  /** The shelves beside an article, as the portal's own pages have them. */
  shelves({ absolute = false, ...request } = {}) {
    return this.#ask("POST", "v1/shelves", { query: { absolute, ...this.#siteKey() }, body: request });
  }

  /** The shelves of a page of another site, with titles, words, whole addresses and pictures. */
  embed(request = {}) {
    return this.#ask("POST", "v1/embed", { query: this.#siteKey(), body: request });
  }

  ranking(query = {}) {
    return this.#ask("GET", "v1/rankings", { query: { ...query, ...this.#siteKey() } });
  }

  /** State of the server, without retries. */
  health() {
    return this.#ask("GET", "healthz", { retries: 0 });
  }

  #siteKey() {
    return this.#options.siteKey ? { key: this.#options.siteKey } : {};
  }

  async #ask(method, path, { query = {}, body, keepalive = false, retries = this.#options.retries } = {}) {
    const url = new URL(path, this.#server);
    for (const [name, value] of Object.entries(query)) if (value != null) url.searchParams.set(name, value);
    // Text needs no preflight; a key only comes from servers, which have none.
    const headers = { "Content-Type": this.#options.key ? "application/json" : "text/plain" };
    if (this.#options.key) headers.Authorization = `Bearer ${this.#options.key}`;
    const request = { method, headers, keepalive, credentials: "omit", ...body !== undefined && { body: JSON.stringify(body) } };
    for (let tried = 0; ; tried++) {
      const { answer, error, wait } = await this.#try(url, request, tried);
      if (!error) return answer;
      if (tried >= retries || error.status && !TEMPORARY.has(error.status)) throw error;
      await new Promise(done => setTimeout(done, wait));
    }
  }

  /** One try. `wait`: milliseconds until the next, as the server says, else twice as long each time, at random. */
  async #try(url, request, tried) {
    const backoff = this.#options.pause * 2 ** tried * (0.5 + Math.random());
    let response, told;
    try {
      response = await this.#options.fetch(url, { ...request, signal: AbortSignal.timeout(this.#options.timeout) });
      told = await response.json();
    } catch (cause) {
      if (response?.ok) return { error: new RecircError(`${url.origin} answers with something that is not JSON`, { status: response.status, cause }) };
      return { error: new RecircError(`${url.origin} does not answer: ${cause.message}`, { cause }), wait: backoff };
    }
    if (response.ok) return { answer: told };
    const after = Number(response.headers.get("Retry-After")) * 1000;
    return { error: new RecircError(told.detail ?? response.statusText, { status: response.status, ...told }), wait: after || backoff };
  }
}

/** Collects events and sends them together: after two seconds, and when the page goes away. None twice. */
export class Reporter {
  #client;
  #queue = [];
  #seen = new Set();
  #timer;

  constructor(client, { delay = 2000 } = {}) {
    this.#client = client;
    this.delay = delay;
    globalThis.document?.addEventListener("visibilitychange", () => this.flush());
  }

  /** Report an event; one with the same `key` was reported already. Returns whether it is new. */
  report(event, key) {
    if (key !== undefined && this.#seen.has(key)) return false;
    this.#seen.add(key);
    this.#queue.push(...withIds([event]));
    this.#timer ??= setTimeout(() => this.flush(), this.delay);
    return true;
  }

  async flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#queue.splice(0);
    if (events.length) await this.#client.observe(events, { keepalive: true }).catch(error => console.warn(`Recirc: ${error.message}`));
  }
}
