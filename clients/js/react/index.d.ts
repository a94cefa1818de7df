import type { AnchorHTMLAttributes, ReactNode, Ref } from "react";
import type { EmbeddedShelves, Shelf, ShelfItem } from "@recirc/client";

export interface ShelfSource {
  /** Address of the Recirc server. */
  server: string;
  /** Site key, `sk_…`. */
  key?: string;
}

export interface ShelfQuery extends ShelfSource {
  url?: string;
  kind?: string;
  slots?: number;
  lang?: string;
  initial?: EmbeddedShelves;
}

export interface FoundShelf {
  shelf?: Shelf;
  items: ShelfItem[];
  title: string;
  article: string | null;
  /** Of the titles and reasons, for `lang`. */
  language: string;
  loading: boolean;
  error?: Error;
  refresh(): void;
}

export type ItemProps = Pick<AnchorHTMLAttributes<HTMLElement>, "href" | "onClick"> & { ref: Ref<any> };

export function loadShelves(query: ShelfSource & { kinds?: string | string[]; url?: string; article?: string; slots?: number; lang?: string; brand?: string }): Promise<EmbeddedShelves>;
export function useShelf(query: ShelfQuery): FoundShelf;
export function useView(view: ShelfSource & { article?: string | null; url?: string; events?: boolean }): void;
export function useItemProps(slot: ShelfSource & { shelf?: Shelf; source?: string | null; events?: boolean }): (item: ShelfItem) => ItemProps;

export interface RecircShelfProps {
  server: string;
  /** The site key; `key` is a word of React's own. */
  siteKey?: string;
  url?: string;
  kind?: string;
  slots?: number;
  lang?: string;
  heading?: string;
  thumbnails?: boolean;
  events?: boolean;
  className?: string;
  initial?: EmbeddedShelves | Promise<EmbeddedShelves>;
  /** Shown while `initial` is a promise. */
  fallback?: ReactNode;
  children?: (found: FoundShelf & { propsOf(item: ShelfItem): ItemProps }) => ReactNode;
}

export function RecircShelf(props: RecircShelfProps): ReactNode;
