import time

import pytest

from sandbox.clock import Clock, Durations


def test_manual_clock_stands_still():
    """It should move only when it is advanced."""
    clock = Clock(manual=True)
    start = clock.now()
    time.sleep(0.02)
    assert clock.now() == start
    assert clock.advance(60) == start + 60
    assert clock.now() == start + 60


def test_real_clock_follows_time_at_its_scale():
    """It should run `scale` times as fast as the machine from the moment the scale is set."""
    clock = Clock()
    before = time.monotonic()
    clock.scale = 1000
    start = clock.now()
    time.sleep(0.02)
    passed = clock.now() - start
    assert 20 <= passed <= 1000 * (time.monotonic() - before)


def test_clock_keeps_its_time_when_stopped():
    """It should keep what it showed when it becomes manual, and go on from there."""
    clock = Clock()
    clock.advance(500)
    clock.set_manual(True)
    stopped = clock.now()
    clock.set_manual(False)
    assert stopped <= clock.now() < stopped + 60


def test_reset_clock_shows_the_machines_time():
    """It should forget that it was stopped, sped up and advanced."""
    clock = Clock(manual=True, scale=10)
    clock.advance(86400)
    clock.reset()
    assert abs(clock.now() - time.time()) < 1
    assert (clock.manual, clock.scale) == (False, 1.0)


def test_clock_does_not_run_backwards():
    """It should refuse a negative step."""
    with pytest.raises(ValueError, match="does not run backwards"):
        Clock(manual=True).advance(-1)


@pytest.mark.parametrize("scale", [0, -1])
def test_clock_refuses_a_scale_that_stops_it(scale):
    """It should refuse a scale of 0 or less."""
    with pytest.raises(ValueError, match="it must be above 0"):
        Clock().scale = scale


def test_durations_profiles():
    """It should give seconds to a person watching and none to a test, and drop overrides with the profile."""
    durations = Durations()
    assert durations["cluster.restore"] == 4.0
    durations.override({"cluster.restore": 9})
    assert durations["cluster.restore"] == 9.0
    durations.use("instant")
    assert set(durations.values()) == {0.0}
    with pytest.raises(ValueError, match="unknown durations profile 'slow'"):
        durations.use("slow")


def test_durations_override_is_all_or_nothing():
    """It should refuse unknown names and negative seconds without setting anything."""
    durations = Durations("instant")
    with pytest.raises(ValueError, match=r"unknown transitions cluster\.explode"):
        durations.override({"cluster.rename": 5, "cluster.explode": 1})
    with pytest.raises(ValueError, match=r"negative durations for cluster\.rename"):
        durations.override({"cluster.modify": 5, "cluster.rename": -1})
    assert set(durations.values()) == {0.0}


def test_declared_duration_follows_the_profile():
    """It should treat a transition declared by a service like its own, and keep an override of it."""
    durations = Durations("instant")
    durations.declare("task.start", 7)
    assert durations["task.start"] == 0.0
    durations.override({"task.start": 2})
    durations.declare("task.start", 7)
    assert durations["task.start"] == 2.0
    durations.use("interactive")
    assert durations["task.start"] == 7.0
