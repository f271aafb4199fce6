"""What all tests share; the fixtures themselves live in `tests/fixtures`, one noun per file."""

pytest_plugins = ["tests.fixtures.databases"]
