import express, { type Express, type RequestHandler } from "express";
import passport from "passport";
import { Strategy } from "passport-local";

interface User {
  id: number;
  name: string;
}

const USERS: readonly User[] = [{ id: 7, name: "ada" }];

/** An app as it is written for express-session: nothing in it knows which of the two it has. */
export function makeApp(session: RequestHandler): Express {
  const login = new passport.Passport();
  login.use(
    new Strategy((name, password, done) => {
      const user = USERS.find((one) => one.name === name);
      done(null, password === "right" && user !== undefined ? user : false);
    }),
  );
  login.serializeUser((user, done) => done(null, (user as User).id));
  login.deserializeUser((id, done) => done(null, USERS.find((one) => one.id === id) ?? false));

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use(session);
  app.use(login.session());
  app.get("/", (req, res) => {
    res.json({
      ...shown(req),
      user: (req.user as User | undefined)?.name,
      authenticated: req.isAuthenticated(),
    });
  });
  app.post("/view", (req, res) => {
    const own = data(req);
    own["views"] = ((own["views"] as number | undefined) ?? 0) + 1;
    res.json(own["views"]);
  });
  app.post("/cart/:item", (req, res) => {
    const own = data(req) as { cart?: { items: string[] } };
    own.cart ??= { items: [] };
    own.cart.items.push(req.params.item);
    res.json(own.cart);
  });
  app.post("/forget/:name", (req, res) => {
    delete data(req)[req.params.name];
    res.json("forgotten");
  });
  app.post(
    "/login",
    login.authenticate("local"),
    (req, res) => void res.json((req.user as User).name),
  );
  app.post(
    "/login-keeps",
    login.authenticate("local", { keepSessionInfo: true }),
    (_req, res) => void res.json("in"),
  );
  app.post("/logout", (req, res, next) => {
    req.logout((error) => (error ? next(error) : void res.json("out")));
  });
  app.post("/destroy", (req, res, next) => {
    req.session.destroy((error) =>
      error ? next(error) : void res.json(req.session === undefined),
    );
  });
  app.post("/save", (req, res, next) => {
    data(req)["saved"] = true;
    req.session.save((error) => (error ? next(error) : void res.json("saved")));
  });
  app.post("/reload", (req, res, next) => {
    req.session.reload((error) => (error ? next(error) : void res.json(shown(req))));
  });
  return app;
}

function data(req: express.Request): Record<string, unknown> {
  return req.session as unknown as Record<string, unknown>;
}

/** The app's own properties. */
function shown(req: express.Request): Record<string, unknown> {
  const { cookie: _cookie, ...own } = data(req);
  return own;
}
