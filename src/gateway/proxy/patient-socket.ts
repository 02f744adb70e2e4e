import { Agent, type AgentOptions } from "node:http";
import { connect, type NetConnectOpts, type Socket } from "node:net";

type Done = (error?: Error | null) => void;

/**
 * A server that has seen enough of an upload answers and closes. Its 413 then lies unread in this
 * socket while the next write fails, and Node would drop the socket with the answer in it. Here a
 * failed write counts as done instead. Reading continues, and finds the answer or the end of the
 * connection.
 */
function patient(socket: Socket): Socket {
  const write = socket._write.bind(socket);
  const writev = socket._writev?.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, late(socket, done));
  if (writev !== undefined) socket._writev = (chunks, done) => writev(chunks, late(socket, done));
  return socket;
}

function late(socket: Socket, done: Done): Done {
  return (error) => {
    const code = error != null && "code" in error ? error.code : undefined;
    const tooLate = (code === "EPIPE" || code === "ECONNRESET") && !socket.destroyed;
    if (!tooLate) return done(error);
    // From now on writes are discarded, at the speed of the client.
    done();
  };
}

/**
 * Opens a new connection for each request with a body. Such a request is never repeated, so it must
 * not get a stale connection.
 */
export class UploadAgent extends Agent {
  constructor(options: AgentOptions) {
    super({ ...options, keepAlive: false });
  }

  override createConnection(options: NetConnectOpts): Socket {
    return patient(connect(options));
  }
}
