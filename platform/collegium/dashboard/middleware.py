"""The language of a page: the person's choice, else a cookie, else what the browser asks for."""

from django.middleware.locale import LocaleMiddleware


class LanguageMiddleware(LocaleMiddleware):
    pass
