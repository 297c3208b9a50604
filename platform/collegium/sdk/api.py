"""What a vertical's API routes are made of: views with key and scope, checked parameters, pages of lists."""

from collegium.api.api_view import ApiView
from collegium.api.fields import StrictSerializer
from collegium.api.knowledge_serializers import BoxesField, PageSerializer
from collegium.api.pagination import PAGE_PARAMETERS, keyed_page

__all__ = ["PAGE_PARAMETERS", "ApiView", "BoxesField", "PageSerializer", "StrictSerializer", "keyed_page"]
