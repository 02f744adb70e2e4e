// What the gateway signs or encrypts for later: assertions, credentials, tickets.
export {
  ASSERTION_HEADER,
  isTabId,
  type Purpose,
  signAssertion,
  verifyAssertion,
} from "./assertion.ts";
export { signCredential, verifyCredential, type Who } from "./credential.ts";
export { openIssue, sealIssue } from "./first-cookie.ts";
export { AdoptTickets, sealAdoptTicket } from "./next-cookie.ts";
export { openOriginNote, ORIGIN_NOTE_HEADER, sealOriginNote } from "./origin-note.ts";
export { openTicket, sealTicket, type Ticket, ticketLife } from "./resume.ts";
