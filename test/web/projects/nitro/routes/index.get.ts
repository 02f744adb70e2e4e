import { defineHandler } from "nitro/h3";
import { peek } from "persist-session";
import { cart } from "../utils/cart.ts";
import { page } from "../utils/page.ts";

export default defineHandler(async () => page((await peek(cart)).items));
