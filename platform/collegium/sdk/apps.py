"""The Django application of a vertical."""

from django.apps import AppConfig


class VerticalConfig(AppConfig):
    """Subclass it in the vertical's apps.py, set `name`, and name the Vertical by its dotted path."""

    vertical = ""
    default_auto_field = "django.db.models.BigAutoField"
