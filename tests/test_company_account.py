"""Signing in with a company account, at a real provider of its own."""

import socket
import time
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from data.actor import MACHINE
from data.store import Store
from tests import provider, running, signing_in

PAGE = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def company():
    with provider.running() as found:
        yield found


@pytest.fixture(scope="module")
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def app(company, port, tmp_path_factory):
    """The app of a department that signs in with company accounts; R1 is known to it."""
    folder = tmp_path_factory.mktemp("company")
    store = Store(folder / "yeji.duckdb")
    signing_in.a_department(store)
    store.admission.set_email("R1", "Li.Na@Example.com", MACHINE)
    store.close()
    secrets = _secrets(folder, company, port)
    with running.app(
        folder / "yeji.duckdb", port=port, STREAMLIT_SECRETS_FILES=str(secrets)
    ) as started:
        yield started


def _secrets(folder: Path, company: provider.Provider, port: int) -> Path:
    file = folder / "secrets.toml"
    file.write_text(
        "[auth]\n"
        f'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
        'cookie_secret = "only for the tests, and long enough"\n'
        f'client_id = "{provider.CLIENT}"\n'
        'client_secret = "also only for the tests"\n'
        f'server_metadata_url = "{company.url}/.well-known/openid-configuration"\n'
    )
    return file


@pytest.fixture
def client(app):
    """A browser: it follows where it is sent and keeps its cookies."""
    with httpx.Client(
        base_url=app.url, headers=PAGE, follow_redirects=True, trust_env=False
    ) as opened:
        yield opened


def _come(client, company, target="/", **claims):
    company.claims = claims
    return client.get("/signin/company", params={"next": target})


def test_the_page_offers_the_company_account(client):
    assert 'href="/signin/company?next=%2Fdeals"' in client.get("/deals").text


def test_the_e_mail_signs_its_person_in_and_leads_on(app, client, company):
    came = _come(client, company, "/deals?rep=R1", email="LI.NA@example.com", email_verified=True)
    assert came.status_code == 200
    assert (came.url.path, parse_qs(came.url.query.decode())["rep"]) == ("/deals", ["R1"])
    assert {cookie.name for cookie in client.cookies.jar} & {
        "_streamlit_user",
        "_streamlit_user_tokens",
    } == set()
    assert "Li Na" in client.get("/signout").text


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "stranger@example.com"}, "No account has the e-mail stranger@example.com"),
        ({"email": "li.na@example.com", "email_verified": False}, "has no confirmed e-mail"),
        ({}, "has no confirmed e-mail"),
    ],
    ids=["unknown", "not verified", "no e-mail"],
)
def test_who_is_not_known_stays_outside(client, company, claims, said):
    came = _come(client, company, **claims)
    assert came.url.path == "/signin"
    assert came.status_code == 403
    assert said in came.text
    assert client.get("/deals").url.path == "/signin"


def test_signing_out_ends_a_company_sign_in(client, company):
    assert _come(client, company, "/deals", email="li.na@example.com").url.path == "/deals"
    client.post("/signout")
    assert client.get("/deals").url.path == "/signin"


def test_what_was_said_long_ago_is_not_taken(client, company):
    came = _come(client, company, email="li.na@example.com", iat=time.time() - 3600)
    assert (came.status_code, came.url.path) == (403, "/signin")
    assert "was not completed" in came.text


def test_a_forged_cookie_is_refused(client):
    client.cookies.set("_streamlit_user", "2|1:0|10:1|15:_streamlit_user|4:bm8=|abc")
    came = client.get("/signin", params={"lang": "en"})
    assert came.status_code == 403
    assert "was not completed" in came.text


def test_without_a_provider_its_routes_are_closed(live_app):
    with httpx.Client(base_url=live_app.url, headers=PAGE, trust_env=False) as client:
        assert client.get("/signin/company").headers["location"] == "/signin"
        assert client.get("/auth/login").headers["location"].startswith("/signin")
        assert client.get("/oauth2callback").headers["location"].startswith("/signin")
        assert "/signin/company" not in client.get("/signin").text
