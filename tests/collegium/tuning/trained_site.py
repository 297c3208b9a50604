"""The platform with the dummy vertical and a training of seconds: `app` for a worker, `application` for a site."""

import django

django.setup()

from collegium.asgi import application  # noqa: E402
from collegium.celery import app  # noqa: E402
from collegium.sdk import registry  # noqa: E402
from collegium.tuning import process  # noqa: E402
from tests.verticals.dummy.vertical import Dummy  # noqa: E402

_loaded, _broken = registry._load()
registry._load = lambda: ({**_loaded, "dummy": Dummy()}, _broken)
process.MODULE = "tests.collegium.tuning.training_child"

__all__ = ["app", "application"]
