"""Where the reader is: the current entry of a menu, and a link to the same list seen otherwise."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def current(context: dict[str, Any], url: str, exact: bool = False) -> SafeString | str:
    """``aria-current="page"`` when this page is ``url`` or, unless ``exact``, stands under it."""
    request = context.get("request")
    if request is None or (request.path != url if exact else not request.path.startswith(url)):
        return ""
    return mark_safe('aria-current="page"')  # a constant


@register.simple_tag(takes_context=True)
def section(context: dict[str, Any], url: str) -> SafeString | str:
    """Like ``current`` for the menu: the page belongs to what its breadcrumb names after the board."""
    way = context.get("crumbs") or []
    if len(way) > 2 and way[1][1]:
        return mark_safe('aria-current="page"') if way[1][1] == url else ""
    return current(context, url)


@register.simple_tag(takes_context=True)
def same_list(context: dict[str, Any], **changes: Any) -> str:
    """The query string of this page with some values changed; an empty value takes the key away."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in ("", None):
            query[key] = str(value)
    return f"?{query.urlencode()}"
