// What a user of the packages writes has types.
import { RecircClient, type Article, type ShelfItem } from "@recirc/client";
import { RecircShelf, loadShelves } from "@recirc/react";
import type { RecircShelfElement } from "@recirc/embed";

const client = new RecircClient("https://news.example", { key: "rk_1" });
const article: Article = { id: "a", headline: "A" };
export const published: Promise<string[]> = client.publish(article).then(all => all.map(one => one.outcome));
export const items: Promise<ShelfItem[]> = loadShelves({ server: "https://news.example" }).then(found => found.shelves.related!.items);
export const refreshed = (shelf: RecircShelfElement) => shelf.refresh();
export const shown = RecircShelf({ server: "https://news.example", children: found => found.items.length });
// @ts-expect-error: an article has a headline
export const wrong: Article = { id: "a" };
