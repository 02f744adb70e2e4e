import { expressServer, type ExpressRequest, type ExpressResponse } from "../express-app.ts";
import { importPeer } from "../peer.ts";
import type { BenchState } from "../state.ts";
import type { Variant } from "../variant.ts";

type IronState = BenchState & { save(): Promise<void> };

interface IronSession {
  readonly getIronSession: (
    req: ExpressRequest,
    res: ExpressResponse,
    options: object,
  ) => Promise<IronState>;
}

const options = {
  cookieName: "session",
  password: "a secret of at least thirty-two letters",
  cookieOptions: { secure: false },
};

export const variant: Variant = {
  start: async () => {
    const { getIronSession } = await importPeer<IronSession>("iron-session");
    return await expressServer({
      open: async (req, res) => await getIronSession(req, res, options),
      save: async (state) => await (state as IronState).save(),
    });
  },
};
