"""What holds for every test."""

from hypothesis import settings

# a slow machine is no failure, and a failure prints what repeats it
settings.register_profile("project", deadline=None, max_examples=100, print_blob=True)
settings.load_profile("project")
