"""An application configuration whose module cannot be imported."""

import a_module_that_nobody_installed  # noqa: F401
