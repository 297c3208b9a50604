import logging

from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "collegium.ops"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        logging.captureWarnings(True)  # as lines of JSON like everything else
        from collegium.ops import worker_signals

        worker_signals.connect()
