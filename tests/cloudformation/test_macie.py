import pytest
from moto.cloudformation.parsing import get_model_map

from tests.support.stacks import deploy


def test_session(sandbox):
    """It should enable Macie with the wanted frequency, and leave it enabled when the stack goes."""
    stacks, macie = sandbox.client("cloudformation"), sandbox.client("macie2")
    stacks.list_stacks()  # the first call loads the sandbox's types
    if "AWS::Macie::Session" not in get_model_map():
        pytest.skip("the sandbox does not know AWS::Macie::Session")
    deploy(stacks, "macie", "switchyard-discovery-macie", FindingPublishingFrequency="ONE_HOUR")
    found = macie.get_macie_session()
    assert (found["status"], found["findingPublishingFrequency"]) == ("ENABLED", "ONE_HOUR")
    stacks.delete_stack(StackName="switchyard-discovery-macie")
    assert macie.get_macie_session()["status"] == "ENABLED"
