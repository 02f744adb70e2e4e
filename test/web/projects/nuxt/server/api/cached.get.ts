import { restore } from "persist-session";

export default defineCachedEventHandler(async () => (await restore(cart)).items, { maxAge: 60 });
