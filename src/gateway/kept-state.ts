/** The record in which Python keeps a tab's session state. No class can have that name. */
export const KEPT_STATE = "st.session_state";
