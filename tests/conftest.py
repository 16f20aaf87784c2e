"""What holds for every test."""

from hypothesis import HealthCheck, settings

# a slow machine is no failure, and a failure prints what repeats it
settings.register_profile(
    "project",
    deadline=None,
    max_examples=100,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")
