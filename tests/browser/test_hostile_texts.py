import pytest
from playwright.sync_api import expect

from tests import running, signing_in
from tests.browser.conftest import LOCALES
from tests.hostile import typed

DRAWN = ", ".join(
    (
        *("img[src=x]", "b:has-text('粗')", "a[href*=evil]", "img[src*=evil]", ".katex"),
        *("[aria-label='skull icon']", "del", "code:text-is('c')", "strong:text-is('f')"),
    )
)


@pytest.fixture(scope="module")
def typed_app(demo_file, tmp_path_factory):
    """The app on a demo in which every free text holds what must not be drawn."""
    copy = tmp_path_factory.mktemp("typed") / "typed.duckdb"
    with running.app(typed.over(running.copied(demo_file, copy))) as app:
        yield app


@pytest.mark.parametrize("language", ["zh"])
def test_nothing_typed_becomes_part_of_the_page(new_context, typed_app, language):
    context = new_context(locale=LOCALES[language])
    context.add_cookies([signing_in.cookie(typed_app.token)])
    page = context.new_page()
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("?")[0].split("/")[2]))
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    for screen in ("reps", "customer-analysis", "weekly-reports"):
        page.goto(f"{typed_app.url}/{screen}?period={running.TWELVE_MONTHS}")
        expect(page.get_by_text("粗").first).to_be_attached()
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        assert (
            page.locator(DRAWN).evaluate_all("found => found.map(e => e.parentElement.outerHTML)")
            == []
        )
    assert hosts - {""} == {typed_app.url.removeprefix("http://")}
