from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "collegium.answers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import collegium.sdk.checks  # noqa: F401  (registers the system checks of the verticals)
