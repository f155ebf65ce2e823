"""The addresses of casework, a part of the desk's."""

from __future__ import annotations

from django.urls import path, register_converter

from cardtrail.web.cards.access import CardNumber
from cardtrail.web.desk.views import (
    acts,
    approvals,
    audit_log,
    cases,
    identities,
    penalties,
    people,
    reviving,
    rulings,
    search,
    staff,
)

register_converter(CardNumber, "number")

urlpatterns = [
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<uuid:confirmation_id>/", approvals.approval, name="approval"),
    path("approvals/<uuid:confirmation_id>/approve/", approvals.approve, name="approve"),
    path("approvals/<uuid:confirmation_id>/decline/", approvals.decline, name="decline"),
    path("search/", search.search, name="search"),
    path("search/person/", search.find_person, name="find_person"),
    path("cards/<number:serial>/", search.card, name="card"),
    path("cards/<number:serial>/freeze/", acts.freeze, name="freeze"),
    path("cards/<number:serial>/unfreeze/", acts.unfreeze, name="unfreeze"),
    path("cards/<number:serial>/void/", acts.void, name="void"),
    path("cards/<number:serial>/reactivate/", reviving.reactivate, name="reactivate"),
    path("cases/", cases.case_list, name="cases"),
    path("cases.csv", cases.case_table, name="cases_csv"),
    path("cases/new/", cases.new_case, name="new_case"),
    path("cases/<slug:number>/", cases.case_page, name="case"),
    path("cases/<slug:number>/note/", cases.add_note, name="add_note"),
    path("cases/<slug:number>/change/", cases.change_case, name="change_case"),
    path("cases/<slug:number>/decide/", cases.decide_case, name="decide_case"),
    path("cases/<slug:number>/appeal/", rulings.decide_appeal, name="decide_appeal"),
    path("cases/<slug:number>/rebind/", rulings.agree_loss, name="agree_loss"),
    path("cases/<slug:number>/refuse/", rulings.refuse_loss, name="refuse_loss"),
    path("cases/<slug:number>/penalty/", penalties.penalise, name="penalise"),
    path("penalties/", penalties.penalty_list, name="penalties"),
    path("penalties/<int:penalty_id>/lift/", penalties.lift, name="lift_penalty"),
    path("cases/<slug:number>/people/<uuid:person_id>/<slug:what>/", people.person, name="person"),
    path("identities/", identities.queue, name="identities"),
    path("identities/<uuid:identity_id>/open/", identities.open_item, name="open_identity"),
    path("identities/<uuid:identity_id>/decide/", identities.decide, name="decide_identity"),
    path("staff/", staff.staff_list, name="staff"),
    path("staff/invite/", staff.invite, name="invite"),
    path("staff/invitations/<int:invitation_id>/withdraw/", staff.withdraw, name="withdraw_invitation"),
    path("staff/<int:staff_id>/", staff.staff_member, name="staff_member"),
    path("staff/<int:staff_id>/roles/", staff.change_roles, name="change_roles"),
    path("staff/<int:staff_id>/access/", staff.let_go, name="let_go"),
    path("join/<str:word>/", staff.join, name="join"),
    path("audit/", audit_log.audit, name="audit"),
    path("audit.csv", audit_log.table, name="audit_csv"),
]
