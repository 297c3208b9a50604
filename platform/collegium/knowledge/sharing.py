"""Who is let see a knowledge base or a document."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import Membership
from collegium.accounts.services import audit_record
from collegium.errors import Forbidden, Invalid, NotFound
from collegium.knowledge.models import Access, Document, Grant, KnowledgeBase
from collegium.knowledge.selectors import document_get, knowledge_base_get
from collegium.ops.logs import request_id

Shared = KnowledgeBase | Document


def people_granted(subject: Shared) -> set[int]:
    """The ids of the people whom a grant lets see it."""
    return set(subject.grants.values_list("user_id", flat=True))


@transaction.atomic
def access_set(*, asker: Asker, subject: Shared, access: str, people: Iterable[int]) -> None:
    """Say who sees it: everyone in the workspace, or only its creator, administrators and these people.

    Raises Forbidden without the scope `upload`, Invalid for an unknown access or a person from elsewhere.
    """
    if not asker.may("upload"):
        raise Forbidden(_("Sharing needs the scope 'upload'; ask an administrator of the workspace."))
    if access not in Access.values:
        raise Invalid(
            _("There is no access '%(access)s'; choose one of %(values)s.")
            % {"access": access, "values": ", ".join(Access.values)}
        )
    if subject.workspace_id != asker.workspace_id:
        raise NotFound(_("There is no such thing to share."))
    get = document_get if isinstance(subject, Document) else knowledge_base_get
    get(asker, subject.pk)
    wanted = set(people)
    known = set(
        Membership.objects.filter(workspace_id=asker.workspace_id, user_id__in=wanted).values_list(
            "user_id", flat=True
        )
    )
    if wanted != known:
        raise Invalid(_("Share with members of the workspace only; add the person to it first."))
    type(subject).objects.filter(pk=subject.pk).update(access=access)
    link = {"document": subject} if isinstance(subject, Document) else {"knowledge_base": subject}
    Grant.objects.filter(**link).exclude(user_id__in=wanted).delete()
    Grant.objects.bulk_create([Grant(**link, user_id=user) for user in sorted(wanted)], ignore_conflicts=True)
    audit_record(
        asker=asker,
        action="sharing.set",
        target=subject.pk,
        request_id=request_id(),
        access=access,
        people=sorted(wanted),
    )
