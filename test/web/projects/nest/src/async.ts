// Starts apps whose sessions' options come from providers, drives them over HTTP, and tells what a
// visitor and an operator see.
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Post,
  Scope,
  type Type,
} from "@nestjs/common";
import { NestFactory, REQUEST } from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { Test } from "@nestjs/testing";
import { createSessions, restore, state } from "persist-session";
import {
  PersistSessionModule,
  type PersistSessionModuleAsyncOptions,
  type PersistSessionOptionsFactory,
  Sessions,
} from "persist-session/nest";
import { z } from "zod";

const visits = state("visits", z.object({ count: z.number().default(0) }));
const secret = "p3VtQ0x8bYw1nKzR6sJfG2hLdM7cEaUi";

@Injectable()
class Settings {
  readonly cookie = { name: "from-settings" };
}

@Injectable()
class Factory implements PersistSessionOptionsFactory {
  constructor(@Inject(Settings) private readonly settings: Settings) {}

  async createPersistSessionOptions() {
    await new Promise((resolve) => setImmediate(resolve));
    return { store: "memory:", secret, cookie: this.settings.cookie } as const;
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {
  constructor(@Inject(REQUEST) readonly request: object) {}
}

@Module({ providers: [Settings, Factory, OfRequest], exports: [Settings, Factory, OfRequest] })
class SettingsModule {}

@Controller()
class VisitsController {
  @Get()
  async look() {
    return (await restore(visits)).count;
  }

  @Post()
  async visit() {
    return ++(await restore(visits)).count;
  }
}

type Imported = ReturnType<typeof PersistSessionModule.forRoot>;

function moduleWith(imported: Imported): Type {
  @Module({ imports: [imported], controllers: [VisitsController] })
  class App {}
  return App;
}

async function start(module: Type, platform: string) {
  const options = { logger: false, abortOnError: false } as const;
  const app = await (platform === "fastify"
    ? NestFactory.create(module, new FastifyAdapter(), options)
    : NestFactory.create(module, options));
  await app.listen(0, "127.0.0.1");
  return app;
}

/** What a visitor sees of an app: the cookie's name, and the state of two requests. */
async function visit(app: Awaited<ReturnType<typeof start>>): Promise<unknown> {
  const url = await app.getUrl();
  const first = await fetch(url, { method: "POST" });
  const cookie = first.headers.getSetCookie()[0]?.split(";", 1)[0] ?? "";
  const second = await fetch(url, { method: "POST", headers: { cookie } });
  return [cookie.split("=", 1)[0], await first.text(), await second.text()];
}

/** Why an app did not start. */
async function refusal(make: () => Imported): Promise<string> {
  try {
    const app = await start(moduleWith(make()), "express");
    await app.close();
    return "started";
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code ?? "of the app"}: ${message}`;
  }
}

const given = createSessions({ store: "memory:", secret, cookie: { name: "given" } });
const FORMS: Record<string, PersistSessionModuleAsyncOptions> = {
  useFactory: {
    imports: [SettingsModule],
    inject: [Settings],
    useFactory: ({ cookie }: Settings) => ({ store: "memory:", secret, cookie }),
  },
  "async useFactory": {
    imports: [SettingsModule],
    inject: [Settings],
    useFactory: async ({ cookie }: Settings) => ({ store: "memory:", secret, cookie }),
  },
  "useFactory with Sessions": { useFactory: async () => given },
  useClass: { imports: [SettingsModule], useClass: Factory },
  useExisting: { imports: [SettingsModule], useExisting: Factory },
};

const visited: Record<string, Record<string, unknown>> = { express: {}, fastify: {} };
for (const [platform, seen] of Object.entries(visited)) {
  for (const [form, options] of Object.entries(FORMS)) {
    const app = await start(moduleWith(PersistSessionModule.forRootAsync(options)), platform);
    seen[form] = await visit(app);
    await app.close();
  }
}
const open = await given
  .fromCookie(undefined)
  .run(async () => void (await restore(visits)).count++)
  .then(
    () => true,
    () => false,
  );
await given.close();

// Tests start one module again and again, also two at a time.
const again: Record<string, unknown> = {};
for (const [form, imported] of Object.entries({
  forRoot: PersistSessionModule.forRoot({ store: "memory:", secret }),
  forRootAsync: PersistSessionModule.forRootAsync(FORMS["useFactory"] ?? {}),
})) {
  const module = moduleWith(imported);
  const [first, second] = [await start(module, "express"), await start(module, "express")];
  const own = first.get(Sessions) !== second.get(Sessions);
  await first.close();
  const after = await visit(second);
  await second.close();
  const third = await start(module, "express");
  again[form] = [own, after, await visit(third)];
  await third.close();
}

// Tests of apps may put sessions of their own in the place of the module's.
const replacing = createSessions({ store: "memory:", secret, cookie: { name: "replacing" } });
const testing = await Test.createTestingModule({
  imports: [moduleWith(PersistSessionModule.forRoot({ store: "lmdb:not-to-be-made" }))],
})
  .overrideProvider(Sessions)
  .useValue(replacing)
  .compile();
const tested = testing.createNestApplication({ logger: false });
await tested.listen(0, "127.0.0.1");
const replaced = [await visit(tested)];
await tested.close();
// They are the test's own, so the app has not closed them.
replaced.push(await replacing.fromCookie(undefined).run(async () => (await restore(visits)).count));
await replacing.close();

const { forRoot, forRootAsync } = PersistSessionModule;
const asWritten = (options: object) => options as PersistSessionModuleAsyncOptions;
const REFUSED: Record<string, () => Imported> = {
  "a factory that throws": () =>
    forRootAsync({
      useFactory: () => {
        throw new Error("the vault is sealed");
      },
    }),
  "a factory that rejects": () =>
    forRootAsync({ useFactory: async () => await Promise.reject(new Error("no configuration")) }),
  "a factory that gives nothing": () => forRootAsync(asWritten({ useFactory: () => undefined })),
  "malformed options": () =>
    forRootAsync({ useFactory: async () => ({ store: String("mysql://db.example") }) }),
  "no options": () => (forRootAsync as () => Imported)(),
  "no way": () => forRootAsync({}),
  "two ways": () => forRootAsync({ useFactory: () => ({}), useClass: Factory }),
  "an unknown option": () => forRootAsync(asWritten({ useFactory: () => ({}), isGlobal: true })),
  "an unknown option of forRoot": () => forRoot(asWritten({ isGlobal: true }) as object),
  "a class without the method": () =>
    forRootAsync(asWritten({ imports: [SettingsModule], useExisting: Settings })),
  "a provider of a request": () =>
    forRootAsync({
      imports: [SettingsModule],
      inject: [OfRequest],
      useFactory: () => ({ store: "memory:", secret }),
    }),
};
const refused: Record<string, string> = {};
for (const [what, make] of Object.entries(REFUSED)) refused[what] = await refusal(make);

console.log(JSON.stringify({ visits: visited, open, again, replaced, refused }));
