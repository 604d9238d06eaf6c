import pytest

from sandbox.behaviour import Behaviour


@pytest.fixture
def behaviour():
    made = Behaviour()
    made.declare("order", "status-first", "version-first")
    return made


def test_first_answer_is_the_default(behaviour):
    """It should answer a question with its first answer until another is chosen, and after a reset."""
    assert dict(behaviour) == {"order": "status-first"}
    behaviour.choose({"order": "version-first"})
    assert behaviour["order"] == "version-first"
    behaviour.reset()
    assert behaviour["order"] == "status-first"


def test_declaring_again_keeps_the_choice(behaviour):
    """It should keep a choice when a service declares its question again."""
    behaviour.choose({"order": "version-first"})
    behaviour.declare("order", "status-first", "version-first")
    assert behaviour["order"] == "version-first"


@pytest.mark.parametrize(
    ("choices", "problem"),
    [
        ({"order": "version-first", "colour": "blue"}, "unknown behaviour 'colour': known are order"),
        ({"order": "random"}, "order cannot be 'random': choose one of status-first, version-first"),
    ],
)
def test_unknown_choices_change_nothing(behaviour, choices, problem):
    """It should refuse an unknown question or answer, and then choose nothing."""
    with pytest.raises(ValueError, match=problem):
        behaviour.choose(choices)
    assert behaviour["order"] == "status-first"
