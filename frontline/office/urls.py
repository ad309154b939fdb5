"""The pages of the office."""

from django.urls import path

from frontline.office import board

app_name = "office"
urlpatterns = [
    path("", board.board, name="board"),
]
