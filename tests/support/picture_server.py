"""A server of pictures, as an app backend's storage would be, with its failures."""

import asyncio

from fastapi import FastAPI, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from tests.support.pictures import page, png


def picture_server():
    """Pages, ``/text.png`` (none), ``/moved``, ``/round`` (for ever), ``/inside?to=``, ``/large``."""
    app = FastAPI()

    @app.get("/page.png")
    async def page_png():
        return Response(png(page()), media_type="image/png")

    @app.get("/page.jpg")
    async def page_jpg():
        return Response(png(page(), format="JPEG", quality=90), media_type="image/jpeg")

    @app.get("/text.png")
    async def text():
        return Response(b"no picture", media_type="image/png")

    @app.get("/moved")
    async def moved():
        return RedirectResponse("/page.png")

    @app.get("/round")
    async def around():
        return RedirectResponse("/round")

    @app.get("/inside")
    async def inside(to: str):
        return RedirectResponse(to)

    @app.get("/large")
    async def large():
        async def chunks():
            for _ in range(10_000):
                yield b"\0" * 65536
                await asyncio.sleep(0)

        return StreamingResponse(chunks(), media_type="image/png")

    return app
