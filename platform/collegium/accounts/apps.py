from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "collegium.accounts"
    default_auto_field = "django.db.models.BigAutoField"
