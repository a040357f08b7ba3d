"""What a test does without the engine that it needs: it skips, or fails in `make engines`."""

import os
from typing import NoReturn

import pytest


def without(engine: str, reason: str) -> NoReturn:
    """Skip the test, and say why; fail it where every engine must be there."""
    message = f"{engine}: {reason}"
    if os.environ.get("LABELSEL_ENGINES") == "all":
        pytest.fail(message)
    pytest.skip(message)
