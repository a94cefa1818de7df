import type { Article, ArticleRecord, EmbeddedShelves, EmbedRequest, Event, EventsResult, HealthStatus, PublishResult, Request, Shelf, WithdrawResult } from "./types.js";

export * from "./types.js";

/** The shelves by name, beside `as_of`, `offset` and `article`. */
export type Slate = { as_of: string; offset: number; article?: string | null } & { [shelf: string]: Shelf | string | number | null | undefined };

export interface ClientOptions {
  /** An API key, `rk_…`: only on servers. */
  key?: string;
  /** A site key, `sk_…`: for pages. */
  siteKey?: string;
  /** How often a request that failed for a time is sent again; 4. */
  retries?: number;
  /** Milliseconds that an answer may take; 10,000. */
  timeout?: number;
  /** Milliseconds before the first repetition; 250. */
  pause?: number;
  fetch?: typeof globalThis.fetch;
}

export class RecircError extends Error {
  status: number;
  type: string;
  errors: { field?: string; text: string; index?: number }[];
}

export class RecircClient {
  constructor(server: string, options?: ClientOptions);
  publish(articles: Article | Article[]): Promise<PublishResult[]>;
  withdraw(id: string): Promise<WithdrawResult>;
  article(id: string): Promise<ArticleRecord>;
  observe(events: Event | Event[], options?: { keepalive?: boolean }): Promise<EventsResult>;
  shelves(request?: Partial<Request> & { absolute?: boolean }): Promise<Slate>;
  embed(request?: Partial<EmbedRequest>): Promise<EmbeddedShelves>;
  ranking(query?: { section?: string; window?: "hour" | "day" | "week" | "ever"; slots?: number; brand?: string }): Promise<Shelf>;
  health(): Promise<HealthStatus>;
}

export class Reporter {
  constructor(client: RecircClient, options?: { delay?: number });
  delay: number;
  report(event: Event, key?: string): boolean;
  flush(): Promise<void>;
}

export function withIds<T extends Partial<Event>>(events: T[]): (T & { id: string })[];
