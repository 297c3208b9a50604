"""The medical vertical's own addresses, for the description of its API."""

from django.urls import URLPattern

from collegium.api.urls import vertical_routes

urlpatterns: list[URLPattern] = [
    route for route in vertical_routes() if str(route.pattern).startswith("api/v1/medical/")
]
