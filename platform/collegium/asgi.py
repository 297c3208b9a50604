"""The ASGI application: `uvicorn collegium.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collegium.settings")
django_application = get_asgi_application()

from collegium.api.archive_body import ArchiveBody  # noqa: E402  (needs Django's settings)
from collegium.api.body_limit import BodyLimit  # noqa: E402

application = ArchiveBody(BodyLimit(django_application))
