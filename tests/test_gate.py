"""The gate of the real app, asked over HTTP and the websocket."""

import http.client
from urllib.parse import urlencode

import pytest
import websockets.sync.client as ws
from websockets.exceptions import InvalidStatus

from data.actor import MACHINE
from data.store import Store
from tests import running, signing_in

PASSWORD, NEW = "four walls of paper", "a kettle in the rain"
PAGE = {"Accept": "text/html,application/xhtml+xml"}
INSIDE = (  # what is behind the gate besides pages
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/upload_file/any/file",
    "/_stcore/agent/openapi.json",
    "/media/0123.png",
    "/component/any/index.html",
    "/manifest.json",
    "/app/static/any",
)


def ask(app, method, path, token=None, form=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Cookie"] = f"yeji={token}"
    if form is not None:
        sent |= {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request(method, path, urlencode(form) if form is not None else None, sent)
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read().decode(errors="replace")
    finally:
        connection.close()


def socket_status(app, token=None, **options):
    headers = {"Cookie": f"yeji={token}"} if token else {}
    address = f"ws://127.0.0.1:{app.port}/_stcore/stream"
    try:
        with ws.connect(address, additional_headers=headers, proxy=None, **options):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def token_in(headers):
    """The session that an answer gives, and the flags of its cookie."""
    given = [c for c in headers.get_all("set-cookie", []) if c.split("=")[0].endswith("yeji")]
    value, *flags = given[0].split("; ")
    return value.split("=", 1)[1], set(flags)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A department with a rep who has a password, one without, and an administrator."""
    path = tmp_path_factory.mktemp("gate") / "store.duckdb"
    opened = Store(path)
    signing_in.a_department(opened)
    for id, login in (("R1", "li.na"), ("R2", "wu.gang")):
        opened.admission.join(opened.admission.invite(id, login, MACHINE), PASSWORD, None)
    opened.close()
    return path


@pytest.fixture(scope="module")
def app(store):
    with running.app(store) as served:
        yield served


@pytest.fixture
def rep(app):
    """The token of R1, who signs in anew for each test."""
    status, headers, _ = ask(app, "POST", "/signin", form={"login": "Li.Na", "password": PASSWORD})
    assert status == 303
    return token_in(headers)[0]


# ---- closed


@pytest.mark.parametrize("path", ["/", "/conversion", "/conversion_page", "/customers?lang=en"])
def test_a_page_leads_to_the_sign_in_and_back(app, path):
    status, headers, body = ask(app, "GET", path, **PAGE)
    assert (status, body) == (303, "")
    wanted = "" if path == "/" else "?" + urlencode({"next": path})
    assert headers["location"] == f"/signin{wanted}"


@pytest.mark.parametrize("token", [None, "wrong", "é"])
@pytest.mark.parametrize("path", INSIDE)
def test_everything_else_is_refused(app, path, token):
    assert ask(app, "GET", path, token)[0] == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_an_upload_is_refused(app, method):
    assert ask(app, method, "/_stcore/upload_file/any/file", form={"x": "y"})[0] == 401


@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_websocket_is_refused(app, token):
    assert socket_status(app, token) == 403
    assert socket_status(app, token, origin=app.url) == 403


def test_only_streamlit_s_own_scripts_are_public(app, rep):
    body = ask(app, "GET", "/", rep)[2]
    start = body.index("./static/js/index.") + 1
    script = body[start : body.index(".js", start) + 3]
    assert ask(app, "GET", script)[0] == 200
    for path in ("/static/../_stcore/health", "/static/%2e%2e/_stcore/health", "/static"):
        assert ask(app, "GET", path)[0] in (400, 401, 404)


def test_whoever_is_signed_in_passes(app, rep):
    assert "<noscript>" in ask(app, "GET", "/conversion", rep, **PAGE)[2]
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 200
    assert socket_status(app, rep) == socket_status(app, rep, origin=app.url) == 101


def test_an_ended_session_is_as_good_as_none(app, rep):
    assert ask(app, "POST", "/signout", rep)[0] == 303
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 401
    assert socket_status(app, rep) == 403


def test_a_closed_account_and_a_leaver_are_shut_out_while_the_app_runs(store, app, rep):
    assert running.typed(store, "user", "close", "li.na").code == 0
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 401
    assert socket_status(app, rep) == 403
    form = {"login": "li.na", "password": PASSWORD}
    assert ask(app, "POST", "/signin", form=form)[0] == 401
    assert running.typed(store, "user", "reopen", "li.na").code == 0
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 401
    assert ask(app, "POST", "/signin", form=form)[0] == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_another_site_gets_nothing_done(app, rep, origin):
    assert socket_status(app, rep, origin=origin) == 403
    assert ask(app, "POST", "/signout", rep, Origin=origin)[0] == 403
    form = {"login": "li.na", "password": PASSWORD}
    assert ask(app, "POST", "/signin", form=form, Origin=origin)[0] == 403
    assert ask(app, "POST", "/signout", rep, Sec_Fetch_Site="cross-site")[0] == 403
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 200


def test_a_foreign_host_name_that_leads_here_is_refused(app, rep):
    host = f"evil.example:{app.port}"
    assert ask(app, "GET", "/", rep, Host=host)[0] == 400
    assert ask(app, "GET", "/signin", Host=host)[0] == 400
    assert ask(app, "POST", "/signin", form={"demo": "gm"}, Host=host)[0] == 400


# ---- the cookie


def test_the_cookie_is_for_this_site_s_http_alone(app):
    form = {"login": "li.na", "password": PASSWORD}
    _, headers, _ = ask(app, "POST", "/signin", form=form)
    token, flags = token_in(headers)
    assert len(token) == 43
    assert flags == {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=604800"}


def test_nobody_believes_a_proxy_that_was_not_named(app):
    form = {"login": "li.na", "password": PASSWORD}
    _, headers, _ = ask(app, "POST", "/signin", form=form, X_Forwarded_Proto="https")
    assert "Secure" not in token_in(headers)[1]


# ---- signing in


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_one_that_password_managers_know(app, language):
    status, headers, body = ask(app, "GET", f"/signin?lang={language}")
    assert status == 200
    assert f'<html lang="{"zh-CN" if language == "zh" else "en"}">' in body
    assert {"zh": "密码", "en": "Password"}[language] in body
    assert 'autocomplete="username"' in body
    assert 'autocomplete="current-password"' in body
    assert "<script" not in body
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"


def test_the_language_chosen_here_stays(app):
    _, headers, _ = ask(app, "GET", "/signin?lang=en", Accept_Language="zh-CN")
    kept = headers["set-cookie"].split(";")[0]
    assert 'lang="en"' in ask(app, "GET", "/signin", Cookie=kept, Accept_Language="zh-CN")[2]
    form = {"login": "li.na", "password": PASSWORD, "next": "/conversion?lang=zh&period=year"}
    _, headers, _ = ask(app, "POST", "/signin", form=form, Cookie=kept)
    assert headers["location"] == "/conversion?lang=en&period=year"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/a\nb"],
)
def test_signing_in_leads_to_no_other_site(app, target):
    form = {"login": "li.na", "password": PASSWORD, "next": target}
    _, headers, _ = ask(app, "POST", "/signin", form=form)
    assert headers["location"] == "/?lang=zh"


def test_a_wrong_password_and_an_unknown_login_get_the_same_page(app):
    pages = [
        ask(app, "POST", "/signin", form={"login": login, "password": "wrong"})
        for login in ("wu.gang", "nobody")
    ]
    assert [status for status, _, _ in pages] == [401, 401]
    assert pages[0][2].replace("wu.gang", "nobody") == pages[1][2]


def test_after_too_many_tries_the_page_says_how_long_to_wait(app):
    form = {"login": "somebody", "password": "wrong"}
    statuses = [ask(app, "POST", "/signin", form=form)[0] for _ in range(6)]
    assert statuses == [401] * 5 + [429]
    _, headers, body = ask(app, "POST", "/signin?lang=en", form=form)
    assert headers["retry-after"] == "300"
    assert "Try again in 5 min" in body


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7*7 }}"])
def test_what_was_typed_is_shown_as_text(app, text):
    body = ask(app, "POST", "/signin", form={"login": text, "password": "x", "next": text})[2]
    assert "<script" not in body
    assert "<img src=x" not in body
    assert "49" not in body


def test_a_form_that_is_too_large_is_not_read(app):
    form = {"login": "x" * 100_000, "password": PASSWORD}
    assert ask(app, "POST", "/signin", form=form)[0] == 401


def test_the_demo_s_one_click_is_no_way_into_a_real_department(app):
    assert 'name="demo"' not in ask(app, "GET", "/signin")[2]
    status, headers, _ = ask(app, "POST", "/signin", form={"demo": "gm"})
    assert status == 403
    assert "yeji=" not in str(headers)


def test_the_demo_is_one_click_away_on_this_machine_only(live_app):
    assert ask(live_app, "GET", "/signin")[2].count('name="demo"') == 4
    for away in ({"X_Forwarded_For": "203.0.113.1"}, {"Via": "1.1 proxy"}):
        assert 'name="demo"' not in ask(live_app, "GET", "/signin", **away)[2]
        assert ask(live_app, "POST", "/signin", form={"demo": "gm"}, **away)[0] == 403
    status, headers, _ = ask(live_app, "POST", "/signin", form={"demo": "manager"})
    assert status == 303
    assert socket_status(live_app, token_in(headers)[0]) == 101


# ---- one-time links


def test_the_console_s_link_sets_up_the_administrator_once(app):
    token = next(line for line in app.log if "/setup?token=" in line).strip().split("token=")[1]
    status, _, page = ask(app, "GET", f"/setup?lang=en&token={token}")
    assert status == 200
    assert page.count('autocomplete="new-password"') == 2
    form = {"token": token, "name": "Ann", "login": "ann", "password": PASSWORD, "again": PASSWORD}
    for wrong, sentence in (
        ({"again": "another"}, "The two passwords differ"),
        ({"password": "password123", "again": "password123"}, "too easy to guess"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"login": "an n"}, "no blanks"),
        ({"login": "Li.Na"}, "is taken"),
    ):
        status, _, page = ask(app, "POST", "/setup?lang=en", form=form | wrong)
        assert status == 422
        assert sentence in page
        assert 'value="Ann"' in page
    status, headers, _ = ask(app, "POST", "/setup", form=form)
    assert status == 303
    assert socket_status(app, token_in(headers)[0]) == 101
    assert ask(app, "POST", "/setup", form=form | {"login": "eve"})[0] == 410
    assert ask(app, "GET", f"/setup?token={token}")[0] == 410
    assert "admin-link" not in ask(app, "GET", "/signin")[2]


@pytest.mark.parametrize("path", ["/setup", "/setup?token=x", "/join", "/join?token=x"])
def test_a_link_that_was_never_made_opens_nothing(app, path):
    status, headers, body = ask(app, "GET", path)
    assert status == 410
    assert 'type="password"' not in body
    assert "yeji=" not in str(headers)


def test_a_link_lets_its_person_choose_a_new_password_and_ends_the_old_sessions(store, app):
    form = {"login": "wu.gang", "password": PASSWORD}
    old = token_in(ask(app, "POST", "/signin", form=form)[1])[0]
    made = running.typed(store, "user", "link", "Wu Gang")
    address = made.out.splitlines()[-1]
    assert address.startswith(f"{app.url}/join?token=")
    path = address.removeprefix(app.url)
    page = ask(app, "GET", f"{path}&lang=en")[2]
    assert 'value="wu.gang" autocomplete="username"' in page
    chosen = {"token": path.split("=")[1], "password": NEW, "again": NEW}
    status, headers, _ = ask(app, "POST", "/join", form=chosen)
    assert status == 303
    assert ask(app, "GET", "/_stcore/health", token_in(headers)[0])[0] == 200
    assert ask(app, "GET", "/_stcore/health", old)[0] == 401
    assert ask(app, "POST", "/join", form=chosen)[0] == 410
    assert ask(app, "POST", "/signin", form=form)[0] == 401
    assert ask(app, "POST", "/signin", form=form | {"password": NEW})[0] == 303


def test_signing_out_asks_first_and_takes_the_cookie(app, rep):
    page = ask(app, "GET", "/signout?lang=en", rep)[2]
    assert "Li Na" in page
    assert ask(app, "GET", "/_stcore/health", rep)[0] == 200
    status, headers, _ = ask(app, "POST", "/signout", rep)
    assert (status, headers["location"]) == (303, "/signin")
    assert "Max-Age=0" in headers["set-cookie"]


# ---- starting


def test_a_page_file_as_the_first_request_is_closed_and_a_restart_keeps_people_signed_in(tmp_path):
    path = tmp_path / "store.duckdb"
    Store(path).close()
    with running.app(path, is_asked=False) as served:
        for page in ("/conversion_page", "/conversion"):
            status, _, body = ask(served, "GET", page, **PAGE)
            assert (status, body) == (303, "")
        first = ask(served, "GET", "/signin")[2]  # nobody has a password yet: how to get a link
        assert "cli.py user admin-link" in first
        assert "<input" not in first
        token = served.token
        assert ask(served, "GET", "/_stcore/health", token)[0] == 200
    with running.app(path, FORWARDED_ALLOW_IPS="127.0.0.1") as again:
        assert ask(again, "GET", "/_stcore/health", token)[0] == 200
        _behind_a_proxy(again)


def _behind_a_proxy(app):
    """Over https, as a proxy says that is named as trusted."""
    proxied = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.7"}
    link = running.typed(app.store, "user", "add", "Ann", "--role", "admin").out.split("token=")[1]
    form = {"token": link.strip(), "password": PASSWORD, "again": PASSWORD}
    status, headers, _ = ask(app, "POST", "/join", form=form, **proxied)
    assert status == 303
    assert headers["strict-transport-security"] == "max-age=31536000"
    token, flags = token_in(headers)
    assert headers["set-cookie"].startswith("__Host-yeji=")
    assert flags == {"HttpOnly", "Secure", "SameSite=lax", "Path=/", "Max-Age=604800"}
    assert ask(app, "GET", "/_stcore/health", Cookie=f"__Host-yeji={token}", **proxied)[0] == 200
    # over http, or planted by a neighbour without the prefix, it is nothing
    assert ask(app, "GET", "/_stcore/health", Cookie=f"__Host-yeji={token}")[0] == 401
    assert ask(app, "GET", "/_stcore/health", token, **proxied)[0] == 401
    policy = ask(app, "GET", "/", Cookie=f"__Host-yeji={token}", **proxied)[1]
    assert f"wss://127.0.0.1:{app.port}" in policy["content-security-policy"]
    log = running.typed(app.store, "audit", "export").out
    assert "203.0.113.7" in log


def test_the_first_screen_answers_to_its_name_for_whom_it_is_the_first(store, app, rep):
    asked = "/department?lang=en"
    assert ask(app, "GET", asked, rep, **PAGE)[0] == 200
    assert ask(app, "GET", "/overview?lang=en", rep, **PAGE)[0] == 307
    made = running.typed(store, "user", "add", "Bob", "--role", "admin").out
    token = made.split("token=")[1].strip()
    form = {"token": token, "password": PASSWORD, "again": PASSWORD}
    admin = token_in(ask(app, "POST", "/join", form=form)[1])[0]
    status, headers, _ = ask(app, "GET", asked, admin, **PAGE)
    assert (status, headers["location"]) == (307, "/?lang=en")
    assert ask(app, "GET", "/overview", admin, **PAGE)[0] == 200
