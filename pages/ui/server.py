"""The ASGI face of the app: its life, its routes, and what stands before Streamlit."""

import importlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from streamlit.runtime.pages_manager import PagesManager

from data import accounts
from data.actor import MACHINE
from pages.ui import archives, cache, downloads, i18n, landing, links, relay, safety
from pages.ui.entrance import gate, visitor
from pages.ui.entrance import routes as entrance_routes
from pages.ui.middleware import compressed_files, own_origin, page_frame, startup_sentence

MIDDLEWARE = [  # outermost first
    Middleware(startup_sentence),
    Middleware(visitor.true_address),
    Middleware(safety.safe_headers),
    Middleware(own_origin),
    Middleware(gate.gate),
    Middleware(landing.first_screen),
    Middleware(compressed_files),
    Middleware(page_frame),
]
# Two first visits at once meet these half imported inside Plotly and fail.
_SLOW_IMPORTS = ("pandas", "plotly.graph_objects", "streamlit.elements.plotly_chart")


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Hold the store from start to stop, back it up, and open the door for terminals.

    Raises:
        YejiError: the store cannot be opened; `startup_sentence` says why.
    """
    os.umask(0o077)  # what the store leaves beside itself is for nobody else
    PagesManager.uses_pages_directory = False  # else a first deep link runs a page without app.py
    for module in _SLOW_IMPORTS:
        importlib.import_module(module)
    store = cache.store()
    archives.sweep()
    relay.open_door(store.path, st.get_option("server.port"))
    schedule = cache.schedule()
    schedule.start()
    _offer_set_up()
    try:
        yield
    finally:
        relay.close_door(store.path)
        schedule.stop()
        archives.sweep()
        cache.schedule.clear()
        store.close()
        cache.store.clear()


def _offer_set_up() -> None:
    """Show the one-time link for the first administrator where the app was started."""
    if cache.admission().state().needs_set_up:
        token = cache.admission().set_up_link(MACHINE)
        link = links.link(relay.address(cache.store().path), links.SET_UP, token)
        words = i18n.text(i18n.of_environment(), "cli.user_set_up", days=accounts.LINK_DAYS)
        sys.stdout.write(f"\n  {words}\n  {link}\n\n")
        sys.stdout.flush()


def routes(execute: relay.Execute) -> list[BaseRoute]:
    """The app's own routes; `execute` carries out a terminal's command."""
    return [
        Route(gate.HEALTH, health),
        *entrance_routes.routes(),
        downloads.route(),
        relay.route(execute, lambda: cache.store().path),
    ]


async def health(request: Request) -> JSONResponse:
    """That the app runs, and nothing else: anybody may ask."""
    return JSONResponse({"status": "ok"})
