// npm run test:matrix [-- 1.57 1.45] Runs the tests of Streamlit on other versions of it than the
// newest, each in an environment of its own.
import { runCommand, wasInterrupted } from "./setup/command.js";
import { ensureDependencies } from "./setup/dependencies.js";
import { OLDEST_STREAMLIT, prepareStreamlitVersion } from "./setup/streamlit.js";

/** The last versions before a change of what we hook into, and the oldest that is supported. */
const VERSIONS = ["1.57", "1.56", OLDEST_STREAMLIT];

/** What the promises rest on; all else does not depend on Streamlit's version. */
const CORE = ["test/streamlit", "test/plain", "test/python"];

const wanted = process.argv.slice(2);
ensureDependencies();
const failed = [];
for (const version of wanted.length === 0 ? VERSIONS : wanted) {
  console.log(`\nStreamlit ${version}`);
  const { python, problem } = prepareStreamlitVersion(version);
  if (python === undefined) {
    console.error(problem);
    failed.push(version);
    continue;
  }
  const env = { ...process.env, PERSIST_TEST_PYTHON: python };
  const code = await runCommand(process.execPath, ["scripts/test.js", ...CORE], { env });
  if (wasInterrupted()) process.exit(code);
  if (code !== 0) failed.push(version);
}
if (failed.length > 0) {
  console.error(`\nThe tests failed on Streamlit ${failed.join(", ")}.`);
  process.exitCode = 1;
}
