"""The public pages of an Ente: all work without an account and without JavaScript."""

from django.urls import path

from frontline.portal import (
    carts,
    contact_change,
    farewell,
    home,
    notice_link,
    notices,
    payment,
    spontaneous,
    zero_carta,
    zero_carta_links,
)

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("promemoria/<str:token>/", farewell.farewell, name="farewell"),
    path("termina/", home.leave, name="leave"),
    path("documento/<str:token>/", notice_link.notice_link, name="notice_link"),
    path("avviso/", notices.find_to_pay, name="find_to_pay"),
    path("ricevuta/", notices.find_receipt, name="find_receipt"),
    path("avviso/<str:handle>/", notices.notice, name="notice"),
    path("avviso/<str:handle>/avviso.pdf", notices.notice_document, name="notice_pdf"),
    path("avviso/<str:handle>/ricevuta.pdf", notices.receipt_document, name="receipt_pdf"),
    path("avviso/<str:handle>/paga/", payment.pay, name="pay"),
    path("avviso/<str:handle>/ritorno/<str:outcome>/", payment.back, name="back"),
    path("avviso/<str:handle>/aggiungi/", carts.add, name="cart_add"),
    path("avviso/<str:handle>/recapiti/", contact_change.change, name="contact_change"),
    path("carrello/", carts.cart, name="cart"),
    path("carrello/paga/", carts.pay_cart, name="cart_pay"),
    path("carrello/togli/<str:handle>/", carts.remove, name="cart_remove"),
    path("carrello/ritorno/<str:departure>/<str:outcome>/", carts.back, name="cart_back"),
    path("spontaneo/", spontaneous.catalogue, name="spontaneous"),
    path("spontaneo/<str:code>/", spontaneous.fill, name="spontaneous_form"),
    path("spontaneo/<str:code>/riepilogo/", spontaneous.summary, name="spontaneous_summary"),
    path("zero-carta/", zero_carta.begin, name="zero_carta"),
    path("zero-carta/scelta/", zero_carta.choice, name="zero_carta_choice"),
    path("zero-carta/codice/", zero_carta.code, name="zero_carta_code"),
    path("zero-carta/revoca/", zero_carta.withdraw, name="zero_carta_withdraw"),
    path("zero-carta/conferma/<str:token>/", zero_carta_links.confirm, name="zero_carta_confirm"),
    path("zero-carta/carta/<str:token>/", zero_carta_links.back, name="zero_carta_back"),
]
