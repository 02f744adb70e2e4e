import type { NextConfig } from "next";

const config: NextConfig = {
  // It loads a compiled binary, which no bundler can take in.
  serverExternalPackages: ["persist-session"],
};

export default config;
