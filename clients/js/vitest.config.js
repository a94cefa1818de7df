import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/*.test.js"],
    testTimeout: 20_000,
    fileParallelism: false,
    // The page's own address, from which its site key may be used.
    environmentOptions: { happyDOM: { url: process.env.RECIRC_ORIGIN } },
  },
});
