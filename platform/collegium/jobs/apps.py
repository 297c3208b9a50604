from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "collegium.jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import collegium.celery  # noqa: F401  (makes this process's shared tasks use our broker)
