"""The addresses of the terms that have passed."""

from django.urls import path

from frontline.office import memos

memo_paths = [
    path("scadenze/", memos.memos, name="memos"),
    path("scadenze/<int:pk>/", memos.memo, name="memo"),
    path("scadenze/<int:pk>/elenco.<str:form>", memos.memo_file, name="memo_file"),
]
