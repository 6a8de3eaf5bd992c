"""What `make` tells a person: with the wrong Python, and of known vulnerabilities."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT

OLD = '#!/bin/sh\ncase "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac\n'
BARE = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac\n'


@pytest.fixture
def make(tmp_path):
    if not shutil.which("make"):
        pytest.skip("no make on this machine")

    def make(python):
        words = ["make", f"PYTHON={python}", f"VENV={tmp_path}/venv", f"{tmp_path}/venv/bin/python"]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode != 0
        assert not (tmp_path / "venv").exists()
        return done.stderr

    return make


def fake(path, script):
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_python_that_is_too_old_is_named(make, tmp_path):
    told = make(fake(tmp_path / "python3", OLD))
    assert "needs Python 3.11 or newer" in told
    assert "Python 3.9.2" in told


def test_a_python_that_is_not_there_is_named(make, tmp_path):
    assert f"{tmp_path}/nothing was not found" in make(tmp_path / "nothing")


def test_a_python_without_venv_is_told_how_to_get_it(make, tmp_path):
    assert "python3-venv" in make(fake(tmp_path / "python3", BARE))


NOTHING = "#!/bin/sh\nexit 0\n"
FOUND = '#!/bin/sh\nfor last; do :; done\necho "jinja2 3.1.2 GHSA-h5c8" > "$last"\nexit 1\n'
UNREACHED = '#!/bin/sh\necho "ERROR: no connection" >&2\nexit 1\n'


@pytest.fixture
def audit(tmp_path):
    if not shutil.which("make"):
        pytest.skip("no make on this machine")

    def audit(script):
        (tmp_path / "tools" / "bin").mkdir(parents=True)
        fake(tmp_path / "tools" / "bin" / "pip-audit", script)
        (tmp_path / "tools" / ".installed").touch()
        words = ["make", f"VENV={tmp_path}", f"BIN={Path(sys.executable).parent}", "audit"]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)

    return audit


def test_an_audit_that_finds_nothing_says_so(audit):
    done = audit(NOTHING)
    assert done.returncode == 0
    assert "No known vulnerability" in done.stdout


def test_an_audit_names_what_it_finds(audit):
    done = audit(FOUND)
    assert "Error 1" in done.stderr
    assert "GHSA-h5c8" in done.stdout


def test_an_audit_that_could_not_ask_is_no_success(audit):
    done = audit(UNREACHED)
    assert "Error 3" in done.stderr
    assert "NOT CHECKED" in done.stderr
    assert "no connection" in done.stderr
