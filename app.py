"""Entry point with two faces: the Streamlit script (menu, language) and the ASGI app."""

import streamlit as st

if __name__ == "__main__":
    from pages.ui import menu

    menu.page().run()
else:
    from pages.ui import server

    app = st.App(
        __file__, lifespan=server.lifespan, routes=server.ROUTES, middleware=server.MIDDLEWARE
    )
