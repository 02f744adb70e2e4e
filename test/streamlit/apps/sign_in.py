"""Prints the cookie that Streamlit sets after st.login: python sign_in.py SECRET ORIGIN SUBJECT"""

import json
import sys

secret, origin, subject = sys.argv[1:]
claims = {
    "origin": origin,
    "is_logged_in": True,
    "iss": "https://issuer.example",
    "sub": subject,
    "email": f"{subject}@example.com",
}
text = json.dumps(claims)
try:
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    value = create_signed_value(secret, "_streamlit_user", text)
except ImportError:  # versions that run Tornado, with or without Starlette's code beside it
    from tornado.web import create_signed_value  # type: ignore[import-not-found,no-redef]

    value = create_signed_value(secret, "_streamlit_user", text)

print(value.decode())
