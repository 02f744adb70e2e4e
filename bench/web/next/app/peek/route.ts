// Reads by peek(), which is for reading alone.
import { peek } from "persist-session";
import { answer } from "../../lib/answer";
import { bench, session } from "../../lib/session";
import { PUT as fill, POST as change } from "../ours/route";

export const dynamic = "force-dynamic";

export const PUT = fill;

export const GET = session.route(async () => answer((await peek(bench)).count));

export const POST = change;
