"""Python imports this module at its start."""

import localhost_names  # noqa: F401
