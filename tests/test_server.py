import gzip
import http.client
import json
import socket
import stat
import subprocess
import sys

import pytest
import websockets.sync.client as ws
from websockets.exceptions import InvalidStatus

from pages.ui import relay
from tests.running import ROOT, environment


def ask(app, method, path, body=None, *, token=None, **headers):
    """What the app answers, to the general manager unless another token or "" is given."""
    if (token := app.token if token is None else token) != "":
        headers.setdefault("Cookie", f"yeji={token}")
    connection = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def cookie(app):
    return {"Cookie": f"yeji={app.token}"}


def page_file(app, kind):
    page = ask(app, "GET", "/")[2].decode()
    start = page.index("./static/js/index.")
    return page[start + 1 : page.index(kind, start) + len(kind)]


def test_health_says_ok_and_nothing_else_to_anybody(live_app):
    status, _, body = ask(live_app, "GET", "/api/health", token="")
    assert (status, json.loads(body)) == (200, {"status": "ok"})


def test_the_first_screen_answers_to_its_name_too(live_app):
    status, headers, _ = ask(live_app, "GET", "/overview?lang=en&period=year")
    assert (status, headers["location"]) == (307, "/?lang=en&period=year")


def test_scripts_come_compressed_and_are_kept(live_app):
    path = page_file(live_app, ".js")
    status, headers, body = ask(live_app, "GET", path, Accept_Encoding="gzip")
    plain = ask(live_app, "GET", path)[2]
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == plain
    assert len(body) < len(plain) / 2


@pytest.mark.parametrize("path", ["/static/../../../app.py", "/static/%2e%2e/%2e%2e/__init__.py"])
def test_no_other_file_is_served_compressed(live_app, path):
    _, headers, body = ask(live_app, "GET", path, Accept_Encoding="gzip")
    assert b"import" not in body
    assert "immutable" not in headers.get("cache-control", "")


@pytest.mark.parametrize(
    ("path", "accepted", "tag"),
    [
        ("/", "zh-CN,zh;q=0.9", "zh-CN"),
        ("/", "en-GB", "en"),
        ("/conversion?lang=en", "zh-CN", "en"),
        ("/conversion?lang=zh", "en", "zh-CN"),
    ],
)
def test_the_page_names_its_language(live_app, path, accepted, tag):
    browser = {"Accept": "text/html", "Accept_Encoding": "gzip", "Accept_Language": accepted}
    status, headers, body = ask(live_app, "GET", path, **browser)
    assert status == 200
    assert f'<html lang="{tag}">'.encode() in body
    assert "<title>Yeji 业绩</title>".encode() in body
    assert headers["cache-control"] == "no-store"
    assert int(headers["content-length"]) == len(body)


def test_a_page_may_load_nothing_from_another_site(live_app):
    for path in ("/", "/conversion"):
        _, headers, body = ask(live_app, "GET", path, Accept="text/html", Accept_Encoding="gzip")
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; script-src 'self' 'sha256-")
        assert "unsafe-eval" not in policy
        assert "https:" not in policy
        assert policy.count("'sha256-") == body.count(b"<script>") > 0


@pytest.mark.parametrize("path", ["/", "/signin", "/signin/style.css", "/api/health", "/media/x"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(live_app, path):
    for token in (None, ""):
        _, headers, _ = ask(live_app, "GET", path, token=token)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


def test_a_websocket_of_this_site_opens(live_app):
    with ws.connect(
        f"ws://127.0.0.1:{live_app.port}/_stcore/stream",
        origin=live_app.url,
        additional_headers=cookie(live_app),
        proxy=None,
    ) as opened:
        assert opened.protocol.state.name == "OPEN"


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
def test_a_websocket_of_another_site_is_refused(live_app, origin):
    address = f"ws://127.0.0.1:{live_app.port}/_stcore/stream"
    asked = {"origin": origin, "additional_headers": cookie(live_app), "proxy": None}
    with pytest.raises(InvalidStatus, match="403"), ws.connect(address, **asked):
        pass


def test_a_websocket_under_a_foreign_host_name_is_refused(live_app):
    """A foreign name that resolves to this machine: origin and host agree, but the host is none."""
    address = f"ws://evil.example:{live_app.port}/_stcore/stream"
    origin = f"http://evil.example:{live_app.port}"
    with (
        socket.create_connection(("127.0.0.1", live_app.port)) as wire,
        pytest.raises(InvalidStatus, match="403"),
        ws.connect(
            address, origin=origin, sock=wire, additional_headers=cookie(live_app), proxy=None
        ),
    ):
        pass


def command(app, token=None, **headers):
    door = relay.door_of(app.store)
    body = json.dumps({"argv": ["report"], "folder": "/", "language": "en"})
    if token != "":
        headers["Authorization"] = f"Bearer {token or door.token}"
    return ask(app, "POST", relay.PATH, body, **headers)


def test_the_command_route_wants_the_secret(live_app):
    assert command(live_app)[0] == 200
    assert command(live_app, token="")[0] == 403
    assert command(live_app, token="wrong")[0] == 403
    assert command(live_app, token="é")[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "same"])
def test_the_command_route_serves_no_browser(live_app, origin):
    origin = live_app.url if origin == "same" else origin
    assert command(live_app, Origin=origin)[0] == 403


def test_the_command_route_refuses_what_is_too_large(live_app):
    door = relay.door_of(live_app.store)
    body = json.dumps({"argv": ["x" * 100_000], "folder": "/", "language": "en"})
    authorization = f"Bearer {door.token}"
    assert ask(live_app, "POST", relay.PATH, body, Authorization=authorization)[0] == 413


def test_the_secret_is_for_this_user_only(live_app):
    mode = relay.token_file(live_app.store).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_deep_link_before_any_other_request_runs_app_py(tmp_path):
    """Streamlit's own page discovery would run the page file without app.py."""
    code = (
        "import asyncio, app\n"
        "from streamlit.runtime.pages_manager import PagesManager\n"
        "from pages.ui import server\n"
        "async def go():\n"
        "    async with server.lifespan(app.app):\n"
        "        print(PagesManager.uses_pages_directory)\n"
        "asyncio.run(go())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path / "store.duckdb"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "False"
    assert not (tmp_path / "store.duckdb.token").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_store_that_cannot_be_opened_stops_the_app_with_one_sentence(tmp_path, language):
    store = tmp_path / "store.duckdb"
    store.write_text("no store", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"],
        cwd=ROOT,
        env=environment(store, LC_ALL={"zh": "zh_CN.UTF-8", "en": "C.UTF-8"}[language]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert {"zh": "不是 Yeji 数据文件", "en": "is not a Yeji store"}[language] in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("method", "expected"), [("GET", 200), ("POST", 403), ("DELETE", 403)])
def test_another_site_may_read_but_not_change(live_app, method, expected):
    assert ask(live_app, method, "/", Origin="https://evil.example")[0] == expected
