import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a hosting platform's proxy does besides. */
export interface TlsFrontOptions {
  /**
   * A path that ends in a slash, which is taken out of what goes on: "/~/+/". What is not below it
   * gets 404.
   */
  readonly prefix?: string;
  /** The Host header that the app sees; default: the browser's. */
  readonly host?: string;
}

/** A reverse proxy as operators put it in front: it ends TLS and says so by X-Forwarded-Proto. */
export class TlsFront {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param port - of what stands behind it, on this machine */
  static async start(port: number, options: TlsFrontOptions = {}): Promise<TlsFront> {
    const { prefix = "/", host } = options;
    const pathOf = ({ url = "" }: IncomingMessage) =>
      url.startsWith(prefix) ? url.slice(prefix.length - 1) : undefined;
    const headersOf = (request: IncomingMessage) =>
      host === undefined ? forwarded(request) : { ...forwarded(request), host };
    const server = createServer(certificate(), (request, response) => {
      const { method } = request;
      const path = pathOf(request);
      if (path === undefined) {
        response.writeHead(404).end();
        return;
      }
      const headers = headersOf(request);
      const onward = httpRequest({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      response.on("close", () => onward.destroy());
      request.pipe(onward);
    });
    server.on("upgrade", (request: IncomingMessage, socket, head) => {
      const path = pathOf(request);
      if (path === undefined) {
        socket.destroy();
        return;
      }
      const onward = connect(port, "127.0.0.1");
      const lines = Object.entries(headersOf(request)).map(
        ([name, value]) => `${name}: ${String(value)}\r\n`,
      );
      onward.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
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
    execFileSync(process.env["OPENSSL_PATH"] ?? "openssl", [...made.split(" "), ...rest], {
      stdio: "pipe",
    });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
