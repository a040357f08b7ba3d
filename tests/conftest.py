"""Hypothesis profiles: `dev`, or the profile that the variable HYPOTHESIS_PROFILE names."""

import os

from hypothesis import HealthCheck, settings

# No deadlines, and no complaint about slow generation: on a busy machine either would fail
# although labelsel did nothing wrong.
settings.register_profile(
    "dev",
    max_examples=100,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Both `dev` and `ci` take the same examples each time, so that a failure comes from the change
# and not from luck. The profile `explore` takes new ones.
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=200, stateful_step_count=60
)
# For tests/explore.py. Without a database: what a seed finds depends on the seed alone, and a
# round after a failure looks for new failures instead of replaying the known one.
settings.register_profile("explore", settings.get_profile("dev"), derandomize=False, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
