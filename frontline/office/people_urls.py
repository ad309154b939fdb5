"""The addresses of who works in the office, and of the link that invites her."""

from django.urls import path

from frontline.office import invitation, people

people_paths = [
    path("persone/", people.people, name="people"),
    path("persone/invita/", people.invite, name="person_invite"),
    path("persone/<uuid:uuid>/", people.person, name="person"),
    path("persone/<uuid:uuid>/invita-di-nuovo/", people.again, name="person_again"),
    path("persone/<uuid:uuid>/fine/", people.end, name="person_end"),
    path("invito/<str:uid>/<str:token>/", invitation.accept, name="invitation"),
]
