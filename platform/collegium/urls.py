"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

admin.site.site_header = admin.site.site_title = "Collegium"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("collegium.ops.urls")),
    path("", include("collegium.api.urls")),
    path("", include("collegium.dashboard.urls")),
]
