from django.apps import AppConfig


class TuningConfig(AppConfig):
    name = "collegium.tuning"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import collegium.tuning.checks  # noqa: F401  (registers them)
