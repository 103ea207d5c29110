"""One route."""

from django.urls import path

from bench.peers.django_app.views import score

urlpatterns = [path("score/<slug:sitting>", score)]
