import { persistSession } from "persist-session/nuxt";

export default persistSession();
