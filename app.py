"""Entry point with two faces: the Streamlit script (menu, language) and the ASGI app."""

import streamlit as st

if __name__ == "__main__":
    from pages.ui import menu

    menu.draw(menu.page())
else:
    import cli
    from pages.ui import cache, failure, server

    app = st.App(
        __file__,
        lifespan=server.lifespan,
        routes=server.routes(lambda command, console: cli.execute(command, console, cache.store())),
        middleware=server.MIDDLEWARE,
        on_script_error=failure.show,
    )
