const ALL = new Set(["0.0.0.0", "::", "127.0.0.1", "::1"]);

/** The URL under which this machine's browser reaches a server that listens on `host`. */
export function pageUrl(host: string, port: number, basePath: string): string {
  const name = ALL.has(host) ? "localhost" : host.includes(":") ? `[${host}]` : host;
  return `http://${name}${port === 80 ? "" : `:${port}`}${basePath}`;
}
