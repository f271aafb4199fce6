"""What all tests share; the fixtures themselves live in `tests/fixtures`, one noun per file."""

from hypothesis import settings

from tests.fixtures import certificates

pytest_plugins = ["tests.fixtures.databases", "tests.fixtures.passwords"]

# No deadline: a busy machine is not a bug. `make fuzz` takes the second profile.
settings.register_profile("default", deadline=None)
settings.register_profile("fuzz", deadline=None, max_examples=5000)
settings.load_profile("default")

certificates.read_once()
