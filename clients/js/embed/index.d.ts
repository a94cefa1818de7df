export interface ShelfClick { article: string; url: string; shelf: string; position: number }
export interface ShelfLoaded { article: string | null; kind: string; items: unknown[] }

/** The element `recirc-shelf`. */
export interface RecircShelfElement extends HTMLElement {
  refresh(): void;
}

/** Attributes of the element; those without a value are `true`. */
export interface RecircShelfAttributes {
  kind?: string; slots?: number; heading?: string; layout?: "list" | "cards" | "strip"; thumbnails?: boolean;
  key?: string; server?: string; url?: string; brand?: string; events?: "none"; personalised?: boolean; lang?: string; debug?: boolean;
}

/** Ask for all shelves of the page anew. */
export function refresh(): void;

declare global {
  interface HTMLElementTagNameMap { "recirc-shelf": RecircShelfElement }
  interface HTMLElementEventMap {
    "recirc:loaded": CustomEvent<ShelfLoaded>; "recirc:empty": CustomEvent<string>;
    "recirc:error": CustomEvent<string>; "recirc:click": CustomEvent<ShelfClick>;
  }
}
