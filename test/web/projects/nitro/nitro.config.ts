import { defineConfig } from "nitro";

export default defineConfig({
  serverDir: "./",
  errorHandler: "./error.ts",
  features: { websocket: true },
});
