"""Which versions an asker sees: the one place where terminologies are filtered by who asks."""

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.medical.models import State, TerminologyVersion

SNOMED = "snomed"


def _visible(asker: Asker) -> QuerySet[TerminologyVersion]:
    """Current versions of the asker's workspace, then those of the installation."""
    seen = TerminologyVersion.objects.filter(
        Q(workspace_id=asker.workspace_id) | Q(workspace=None), state=State.CURRENT
    )
    return seen.order_by(F("workspace_id").asc(nulls_last=True), "terminology")


def versions_current(asker: Asker) -> list[TerminologyVersion]:
    """The versions in use for the asker, one of each terminology, SNOMED CT first."""
    found: dict[str, TerminologyVersion] = {}
    for one in _visible(asker):
        found.setdefault(one.terminology, one)
    return sorted(found.values(), key=lambda one: (one.terminology != SNOMED, one.terminology))


def version_current(asker: Asker, terminology: str = "") -> TerminologyVersion:
    """The version in use of a terminology; without a name, of SNOMED CT, else of what there is.

    Raises NotFound where none is loaded.
    """
    if terminology:
        found = _visible(asker).filter(terminology=terminology).first()
    else:
        found = next(iter(versions_current(asker)), None)
    if found is None:
        what = (
            _("The terminology '%(terminology)s' is not loaded in this workspace.")
            % {"terminology": terminology[:40]}
            if terminology
            else _("No terminology is loaded in this workspace.")
        )
        how = _("An operator loads one by `manage.py terminology load`; `load icd10cm` needs no licence.")
        raise NotFound(what + " " + how, code="no_terminology")
    return found


# The id of the version in use of %(terminology)s for who asks from %(workspace)s, as a scalar in a statement.
VERSION_ID = (
    "(SELECT id FROM medical_terminologyversion WHERE (workspace_id = %(workspace)s OR workspace_id IS NULL) "
    "AND state = 'current' AND terminology = %(terminology)s ORDER BY workspace_id NULLS LAST LIMIT 1)"
)


def version_id(asker: Asker, terminology: str) -> int:
    """The id of the version in use of a terminology; where the asker sees none, 0, which has no rows.

    Queries give it as a constant, by which one partition of each table is read.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {VERSION_ID}", {"workspace": asker.workspace_id, "terminology": terminology})
        return cursor.fetchone()[0] or 0
