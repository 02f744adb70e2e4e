// The gateway on the sockets of a Streamlit that was started without it: `streamlit run` with the
// Python package installed.
export { readHandover } from "./handover.ts";
export { report, serveHandedOver } from "./serve-handed-over.ts";
export { writableStateDirectory } from "./state-directory.ts";
