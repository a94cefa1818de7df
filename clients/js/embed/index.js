// Defines the element recirc-shelf. Write the attribute `server` on a shelf; see docs/embed.md. On a server it does nothing.
import "./embed.js";

/** Ask for all shelves of the page anew. */
export const refresh = () => globalThis.customElements?.get("recirc-shelf")?.refresh();
