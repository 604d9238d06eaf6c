import pytest

from sandbox.rds.quotas import quotas
from tests.support.rds_sides import SOURCE, TARGET, PlainSide, Side


def side(kind, account, region):
    """A fixture: one account in one Region."""

    @pytest.fixture
    def made(sandbox):
        return kind(sandbox, account, region)

    return made


source, plain_source = (side(kind, SOURCE, "us-west-2") for kind in (Side, PlainSide))
recovery, plain_recovery = (side(kind, SOURCE, "us-west-1") for kind in (Side, PlainSide))
target, plain_target = (side(kind, TARGET, "us-west-1") for kind in (Side, PlainSide))


@pytest.fixture(params=[Side, PlainSide], ids=["cluster", "plain"])
def kind(request):
    """What snapshots are taken of, for tests of what both kinds have in common."""
    return request.param


@pytest.fixture
def here(sandbox, kind):
    """The source account in its own Region, for either kind."""
    return kind(sandbox, SOURCE, "us-west-2")


@pytest.fixture
def there(sandbox, kind):
    """The source account in the recovery Region."""
    return kind(sandbox, SOURCE, "us-west-1")


@pytest.fixture
def theirs(sandbox, kind):
    """The target account in the recovery Region."""
    return kind(sandbox, TARGET, "us-west-1")


@pytest.fixture
def limits():
    """Lower quotas for a test."""
    yield quotas
    quotas.restore()
