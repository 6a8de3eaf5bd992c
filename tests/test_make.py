"""What a person with the wrong Python is told by `make`."""

import shutil
import subprocess

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
