"""The app's addresses."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from cardtrail.web.desk.case_urls import urlpatterns as casework
from cardtrail.web.desk.issuing_urls import urlpatterns as issuing
from cardtrail.web.desk.views import home, reports

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("reports/", reports.reports, name="reports"),
    path("reports.csv", reports.table, name="reports_csv"),
    path("reports/<int:year>/<int:number>/", reports.document, name="report"),
    *issuing,
    *casework,
]
