// No session: one state for all, in a variable. What the framework itself costs.
import { answer, bytesOf } from "../../lib/answer";
import { type BenchState, fillState } from "../../lib/state";

export const dynamic = "force-dynamic";

const state: BenchState = { name: "", theme: "", count: 0, rows: [] };

export const PUT = async (request: Request) => {
  fillState(state, bytesOf(request));
  return answer(0);
};

export const GET = async () => answer(state.count);

export const POST = async () => answer(++state.count);
