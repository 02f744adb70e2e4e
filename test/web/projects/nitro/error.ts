import { defineErrorHandler } from "nitro";

export default defineErrorHandler(
  (error) => new Response(`Own error page ${error.status}`, { status: error.status }),
);
