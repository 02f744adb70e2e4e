import { expose, liveEvents } from "persist-session/live";
import { cart } from "../cart";

export const GET = liveEvents([expose(cart, ["items"])]);
