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
try:
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
except ImportError:  # versions before Starlette
    from tornado.web import create_signed_value  # type: ignore[import-not-found,no-redef]

print(create_signed_value(secret, "_streamlit_user", json.dumps(claims)).decode())
