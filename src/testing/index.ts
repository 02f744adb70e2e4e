export { testSession, type TestSession } from "./test-session.ts";
