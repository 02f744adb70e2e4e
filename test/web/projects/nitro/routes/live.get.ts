import { defineHandler } from "nitro/h3";
import { expose, liveEvents } from "persist-session/live";
import { cart } from "../utils/cart.ts";

export default defineHandler(liveEvents([expose(cart, ["items"])]));
