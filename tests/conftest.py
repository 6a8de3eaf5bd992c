"""What every test may use."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import argon2
import hypothesis
import pytest

from data import passwords
from tests import running
from tests.running import Running

hypothesis.settings.register_profile("yeji", deadline=None)  # no test is about time
hypothesis.settings.register_profile("long", deadline=None, max_examples=1_500)
hypothesis.settings.load_profile("yeji")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real exports with independently computed answers; absent on most machines."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real exports beside the project (../shared/data)")
    return SHARED_DATA


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 with next to no work, for tests that are not about how hard it is."""
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
    monkeypatch.setattr(passwords, "NOBODY", cheap.hash("nobody knows"))


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the demo department, filled once; copy it before writing to it."""
    path = tmp_path_factory.mktemp("demo") / "demo.duckdb"
    filled = running.command(path, "demo")
    assert filled.code == 0, filled.err
    return path


@pytest.fixture(scope="session")
def live_app(demo_file: Path) -> Iterator[Running]:
    """The app serving a demo department of its own."""
    with running.app(running.copied(demo_file, demo_file.with_name("live.duckdb"))) as app:
        yield app


def _mounted(folder: Path, *options: str) -> None:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.decode().strip()}")


def _unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 8 MB."""
    folder = tmp_path / "small"
    _mounted(folder, "-t", "tmpfs", "-o", "size=8m", "tmpfs")
    yield folder
    _unmount(folder)


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """`tmp_path/kept` seen through a folder that even root cannot write to."""
    source, folder = tmp_path / "kept", tmp_path / "read-only"
    source.mkdir(exist_ok=True)
    _mounted(folder, "--bind", str(source))
    subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
    yield folder
    _unmount(folder)
