"""What every test may use."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real exports with independently computed answers; absent on most machines."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no real exports beside the project (../shared/data)")
    return SHARED_DATA
