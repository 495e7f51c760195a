from __future__ import annotations

import pytest

from apps.access import services as access
from apps.access.types import Answer
from apps.core import clock
from tests.factories.access import Found, make_case, make_request
from tests.factories.policy import put_dc_policy_in_force


@pytest.fixture
def policy(db: None) -> None:
    put_dc_policy_in_force(now=clock.now())
    make_case()


@pytest.fixture
def lookup(policy: None) -> Answer:
    return access.run_query(request=make_request(), search=lambda grant: Found([1, 2, 3]))
