"""Configuration files that no person would write, but that a folder can hold."""

import pytest

from switchyard.configuration.loader import load

DOUBLING = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


def only_error(files):
    (error,) = load(files.home).errors
    return str(error)


def test_link_to_nowhere_is_reported(files):
    """It should report a link whose file is gone, not pass over it in silence."""
    (files.home / "aurora_recovery" / "orders.yaml").symlink_to(files.home / "gone.yaml")
    assert "aurora_recovery/orders.yaml" in only_error(files)
    assert "it cannot be read" in only_error(files)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param(DOUBLING, "unfold to more than 10000 values", id="multiplying references"),
        pytest.param("a: &a [*a]", "it is not YAML", id="a list within itself"),
        pytest.param("a: " + "[" * 5000 + "]" * 5000, "it is not YAML", id="very deep"),
        pytest.param("a: " + "9" * 5000, "it is not YAML", id="a number of 5000 digits"),
        pytest.param("a: 'x\0y'", "it is not YAML", id="a NUL character"),
    ],
)
def test_hostile_text_is_one_error(files, text, problem):
    """It should refuse the file with a sentence, and leave the others and the process alone."""
    files.example()
    files.write("hostile.yaml", text)
    assert "aurora_recovery/hostile.yaml" in only_error(files)
    assert problem in only_error(files)
    assert [instance.name for instance in load(files.home).instances] == ["orders"]
