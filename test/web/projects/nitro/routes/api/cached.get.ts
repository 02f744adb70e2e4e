import { defineCachedHandler } from "nitro/cache";
import { restore } from "persist-session";
import { cart } from "../../utils/cart.ts";

export default defineCachedHandler(async () => (await restore(cart)).items, { maxAge: 60 });
