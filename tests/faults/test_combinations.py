"""Any combination of faults on both sides: what `lab` checks holds for every one.

A failure prints the smallest combination that shows it, and the command that plays it again.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings

from tests.faults.strategies import scenarios
from tests.faults.values import Conversation, Scenario
from tests.harness.daemon import wait_until

if TYPE_CHECKING:
    from tests.faults.lab import Lab

EXAMPLES = int(os.environ.get("FAULT_EXAMPLES", "5"))
"""How many combinations are drawn; each is of a dozen conversations."""

some = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def check(lab: Lab, scenario: Scenario) -> None:
    lab.play(scenario)
    lab.assert_as_at_start()
    # Again and again: on a busy machine, anything may take longer than this daemon waits.
    wait_until(lambda: lab.play(Scenario((Conversation(),)))[0].status == 200)


@some
@given(scenario=scenarios(is_plain=True))
def test_any_faults(hasty: Lab, scenario: Scenario) -> None:
    check(hasty, scenario)


@some
@given(scenario=scenarios(is_plain=False))
def test_any_faults_over_tls(hasty_secure: Lab, scenario: Scenario) -> None:
    check(hasty_secure, scenario)
