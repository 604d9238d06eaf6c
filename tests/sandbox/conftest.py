"""What the tests of all services use."""

import pytest


@pytest.fixture
def stand_still(sandbox):
    """Stop the clock and let the named transitions take 100 seconds."""

    def slow(*names):
        sandbox.set_clock(manual=True)
        sandbox.durations(dict.fromkeys(names, 100))
        return sandbox.clock

    return slow
