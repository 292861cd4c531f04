"""``GET /``: the deployed applications, for people as a page and for programs as JSON."""

from collections.abc import Mapping
from html import escape

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

from serve_app.http.application import ApplicationOf
from serve_app.jobs.stores import base_url

SUMMARIES = {
    "framepack": "Generate pictures and films from a prompt, or move one picture towards another.",
    "inpaint": "Remove lettering from pictures; every other pixel stays as it was.",
    "manga": "Turn a story into manga pages in seven phases.",
    "style": "Change the style of pictures by filters, local weights or ComfyUI servers.",
}
STYLE = """
:root { color-scheme: light dark; font: 17px/1.6 system-ui, sans-serif }
body { max-width: 44rem; margin: 4rem auto; padding: 0 1.2rem }
h1 { font-size: 2.2rem; letter-spacing: .02em; margin: 0 }
article { border: 3px solid; padding: .9rem 1.3rem; margin: 1.4rem 0 }
h2 { margin: 0; text-transform: capitalize }
p { margin: .3rem 0 }
a { margin-right: 1.2rem }
"""


class Service(BaseModel):
    """One deployed application."""

    name: str
    summary: str
    url: str
    docs_url: str
    health_url: str


class Index(BaseModel):
    """All deployed applications."""

    name: str = "koma"
    services: list[Service]


router = APIRouter(tags=["studio"])


@router.get("/", response_model=Index, responses={200: {"content": {"text/html": {}}}})
async def index(request: Request, application: ApplicationOf) -> Response:
    """List the services. A browser gets a page."""
    prefixes: Mapping[str, str] = application.extras["services"]
    services = Index(services=[_service(base_url(request), *pair) for pair in prefixes.items()])
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_page(services))
    return JSONResponse(services.model_dump())


def _service(base: str, name: str, prefix: str) -> Service:
    url = f"{base}{prefix}"
    return Service(
        name=name,
        summary=SUMMARIES.get(name, ""),
        url=url,
        docs_url=f"{url}/docs",
        health_url=f"{url}/health/detailed",
    )


def _page(index: Index) -> str:
    articles = "".join(
        f"<article><h2>{escape(s.name)}</h2><p>{escape(s.summary)}</p><p>"
        f'<a href="{escape(s.docs_url)}">API</a><a href="{escape(s.health_url)}">Health</a></p></article>'
        for s in index.services
    )
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    head = f"{meta}<title>Koma</title><style>{STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body><h1>Koma</h1>{articles}</body></html>'
