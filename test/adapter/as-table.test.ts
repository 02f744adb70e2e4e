import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { keepAsTable } from "../../src/adapter/node/as-table.ts";

/** A response as an Express app gets it. */
function responseOfExpress(): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  response.sendDate = false;
  return Object.setPrototypeOf(response, Object.create(ServerResponse.prototype) as object);
}

function properties(object: object): [PropertyKey, PropertyDescriptor | undefined][] {
  return Reflect.ownKeys(object)
    .map((key): [PropertyKey, PropertyDescriptor | undefined] => [
      key,
      Object.getOwnPropertyDescriptor(object, key),
    ])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

describe("keepAsTable()", () => {
  it("changes nothing that an app can see", () => {
    const response = responseOfExpress();
    const before = properties(response);
    keepAsTable(response, "sendDate", ServerResponse.prototype);
    assert.deepEqual(properties(response), before);
    assert.equal(response.sendDate, false);
  });

  it("adds no property if the object has none of its own", () => {
    const compatible = Object.create({ sendDate: true }) as { sendDate?: boolean };
    keepAsTable(compatible, "sendDate", ServerResponse.prototype);
    assert.deepEqual(Reflect.ownKeys(compatible), []);
  });

  it("leaves an object alone whose prototype is Node's", () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    const order = Reflect.ownKeys(response);
    keepAsTable(response, "sendDate", ServerResponse.prototype);
    assert.deepEqual(Reflect.ownKeys(response), order);
  });
});
