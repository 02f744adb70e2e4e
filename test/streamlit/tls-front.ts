import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A reverse proxy as operators put it in front: it ends TLS and says so by X-Forwarded-Proto. */
export class TlsFront {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param port - of what stands behind it, on this machine */
  static async start(port: number): Promise<TlsFront> {
    const server = createServer(certificate(), (request, response) => {
      const { method, url: path } = request;
      const headers = forwarded(request);
      const onward = httpRequest({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => onward.destroy());
      request.pipe(onward);
    });
    server.on("upgrade", (request: IncomingMessage, socket, head) => {
      const onward = connect(port, "127.0.0.1");
      const lines = Object.entries(forwarded(request)).map(
        ([name, value]) => `${name}: ${String(value)}\r\n`,
      );
      onward.write(`GET ${request.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
      for (const [one, other] of [
        [socket, onward],
        [onward, socket],
      ] as const)
        one.on("error", () => {}).on("close", () => other.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TlsFront(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** What came, with what such a proxy adds; Host stays as the browser sent it. */
function forwarded({ headers, socket }: IncomingMessage): IncomingMessage["headers"] {
  const added = { "x-forwarded-proto": "https", "x-forwarded-for": socket.remoteAddress ?? "" };
  return { ...headers, ...added };
}

/** Signed by itself. */
function certificate(): { key: Buffer; cert: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), "persist-session-tls-"));
  try {
    const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
    const made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1";
    const rest = ["-subj", "/CN=app.example", "-keyout", key, "-out", cert];
    execFileSync("openssl", [...made.split(" "), ...rest], { stdio: "pipe" });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
