"""The platform's Celery application with the dummy vertical and a training of seconds, for a real worker."""

import django

from collegium.celery import app

django.setup()

from collegium.sdk import registry  # noqa: E402
from collegium.tuning import process  # noqa: E402
from tests.verticals.dummy.vertical import Dummy  # noqa: E402

_loaded, _broken = registry._load()
registry._load = lambda: ({**_loaded, "dummy": Dummy()}, _broken)
process.MODULE = "tests.collegium.tuning.training_child"

__all__ = ["app"]
