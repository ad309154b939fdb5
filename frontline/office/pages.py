"""Pages of a list without counting it: one more row than shown tells whether there is a next page."""

from typing import Any, Protocol

from django.core.paginator import EmptyPage, Page, PageNotAnInteger
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django_tables2.paginators import LazyPaginator

from frontline.access import StaffRequest


class Sliceable(Protocol):
    """A list that is read a slice at a time."""

    def __getitem__(self, part: slice, /) -> list[Any]: ...


PER_PAGE = 25
FARTHEST = 400  # beyond it a filter serves better than a page number


def page_of(
    request: StaffRequest, found: "QuerySet[Any, Any] | Sliceable", *, per_page: int = PER_PAGE
) -> "Page[Any]":
    """The page that ``?pagina=`` asks for, the first when none. Raises Http404 where there is none."""
    asked = request.GET.get("pagina", "1")
    if len(asked) > len(str(FARTHEST)):
        raise Http404("Pagina troppo lontana")
    try:
        page: Page[Any] = LazyPaginator(found, per_page).page(asked)
    except (PageNotAnInteger, EmptyPage) as wrong:
        raise Http404("Pagina inesistente") from wrong
    if page.number > FARTHEST:
        raise Http404("Pagina troppo lontana")
    return page


def crumbs(*steps: tuple[str, str]) -> list[tuple[str, str]]:
    """The way here from the board; the last step's address is empty."""
    return [("Panoramica", reverse("office:board")), *steps]


def posted(request: StaffRequest) -> tuple[Any, Any]:
    """What a form is bound to: the fields and files of a POST, however empty; nothing when it is only shown."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
