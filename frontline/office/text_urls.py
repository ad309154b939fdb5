"""The addresses of the Ente's texts."""

from django.urls import path

from frontline.office import text_list, text_reading, text_write, texts

text_paths = [
    path("testi/", text_list.texts, name="texts"),
    path("testi/<int:pk>/", texts.text, name="text"),
    path("testi/<int:pk>/anteprima.pdf", text_reading.text_pdf, name="text_pdf"),
    path("testi/<int:pk>/autorizza/", texts.approve, name="text_approve"),
    path("testi/<int:pk>/respingi/", texts.refuse, name="text_refuse"),
    path("testi/<int:pk>/ritira/", texts.retire, name="text_retire"),
    path("testi/scrivi/<int:pk>/<str:act>/<str:form>/", text_write.write, name="text_write"),
    path("testi/altro/<int:pk>/<str:act>/<str:form>/", text_write.another, name="text_another"),
]
