from types import SimpleNamespace

import pytest

from sandbox.patch import put


def test_replacement_takes_the_place():
    """It should set the attributes that the owner has."""
    owner = SimpleNamespace(first=1, second=2)
    put(owner, first="one", second="two")
    assert (owner.first, owner.second) == ("one", "two")


def test_replacement_of_nothing_is_an_error():
    """It should not add what moto no longer has."""
    with pytest.raises(AttributeError, match="no attribute 'gone'"):
        put(SimpleNamespace(first=1), gone=2)
