import { expose, liveEvents } from "persist-session/live";
import { cart } from "../cart.server";

export const loader = liveEvents([expose(cart, ["items"])]);
