import { expose, liveEvents } from "persist-session/live";

const live = liveEvents([expose(cart, ["items"])]);

export default defineEventHandler(async (event) => void (await live(event)));
