"""Hypothesis profiles: `dev`, or the one that the variable HYPOTHESIS_PROFILE names."""

import os

from hypothesis import HealthCheck, settings

# No deadlines, and no complaint about slow generation: on a busy machine either fails
# for what the library has not done.
settings.register_profile(
    "dev", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# The same examples each time, so that a failure tells of the change and not of luck;
# it is at the desk that new ones are found.
settings.register_profile(
    "ci",
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
