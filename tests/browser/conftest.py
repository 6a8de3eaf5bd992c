"""A real browser on the real app: one app, store and demo department per test process.

The tests want Debian's chromium. Where there is none they are skipped, unless
YEJI_BROWSER=required, as the continuous integration sets it.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests import signing_in
from tests.running import Running

HERE = Path(__file__).parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
IS_REQUIRED = os.environ.get("YEJI_BROWSER") == "required"
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
FIRST_PAINT_MS = 30_000  # the first Plotly chart of a process, drawn without a graphics card

expect.set_options(timeout=FIRST_PAINT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and not IS_REQUIRED:
                item.add_marker(pytest.mark.skip(reason="no chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    assert CHROMIUM, "YEJI_BROWSER=required, but there is no chromium"
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",  # root has none in a container
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--disable-background-networking",
        ],
    }


@pytest.fixture(scope="session")
def base_url(live_app: Running) -> str:
    return live_app.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    return {
        **browser_context_args,
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 1600},  # tall: only what is in view is drawn
        "reduced_motion": "reduce",
    }


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    """The browser's language: every test runs in both, unless it chooses one."""
    return request.param


@pytest.fixture
def context(
    new_context: Callable[..., BrowserContext], language: str, live_app: Running
) -> BrowserContext:
    """A browser in which the general manager is signed in."""
    context = new_context(locale=LOCALES[language])
    context.add_cookies([signing_in.cookie(live_app.token)])
    return context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(FIRST_PAINT_MS)
    return page
