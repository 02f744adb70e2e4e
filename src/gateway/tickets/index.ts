// What the gateway signs or encrypts for later: assertions, credentials, tickets.
export {
  ASSERTION_HEADER,
  isTabId,
  type Purpose,
  signAssertion,
  verifyAssertion,
} from "./assertion.ts";
export { signCredential, verifyCredential, type Who } from "./credential.ts";
export { openIssue, makeIssue } from "./first-cookie.ts";
export { AdoptTickets, makeAdoptTicket } from "./next-cookie.ts";
export { openOriginNote, ORIGIN_NOTE_HEADER, makeOriginNote } from "./origin-note.ts";
export { openTicket, makeTicket, type Ticket, ticketLife } from "./resume.ts";
