from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "collegium.dashboard"
    default_auto_field = "django.db.models.BigAutoField"
