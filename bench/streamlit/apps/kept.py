"""Ten keys of 10 KB each in st.session_state. A click changes one of them, in place."""

import streamlit as st

KEYS = [f"part {at}" for at in range(10)]
for key in KEYS:
    if key not in st.session_state:
        rows = [{"id": at, "name": f"row-{at:06}", "price": at * 1.5, "tags": ["a", "b"]} for at in range(10_000 // 60)]
        st.session_state[key] = {"count": 0, "rows": rows}

if st.button("add"):
    st.session_state[KEYS[3]]["count"] += 1
st.text(f"count: {st.session_state[KEYS[3]]['count']}")
st.text_input("name")
st.slider("size", 0, 100)
