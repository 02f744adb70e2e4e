"""st.App below a path of another app, and routes of its own of every kind."""

import streamlit as st
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

PAGE = "<!doctype html><html><head><title>r</title></head><body>report</body></html>"


async def home(request):
    return PlainTextResponse("home")


async def report(request):
    headers = {"etag": '"v1"', "cache-control": "public, max-age=3600"}
    if request.headers.get("if-none-match") == '"v1"':
        return Response(status_code=304, headers=headers)
    return HTMLResponse(PAGE, headers=headers)


async def fragment(request):
    return HTMLResponse("<li>fragment</li>", headers={"etag": '"f1"', "cache-control": "public, max-age=60"})


async def export(request):
    return HTMLResponse(PAGE, headers={"content-disposition": "attachment; filename=export.html"})


async def gone(request):
    return HTMLResponse("<html><head></head><body>gone</body></html>", status_code=410, headers={"etag": '"g"'})


async def seen(request):
    return JSONResponse(
        {
            "client": request.client.host,
            "port": request.client.port > 0,
            "server": request.scope["server"][1],
            "url": str(request.url),
            "headers": sorted((name, value) for name, value in request.headers.items()),
        }
    )


OWN = [
    Route("/report", report),
    Route("/fragment", fragment, methods=["GET", "POST"]),
    Route("/export", export),
    Route("/gone", gone),
    Route("/seen", seen),
]
dash = st.App("page.py", routes=OWN)
app = Starlette(routes=[Route("/", home), *OWN, Mount("/inner", routes=[Mount("/dash", app=dash)])], lifespan=dash.lifespan())
