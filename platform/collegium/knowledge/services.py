"""Writes of knowledge bases and documents."""

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.accounts.models import WorkspaceVertical
from collegium.accounts.services import audit_record
from collegium.errors import Conflict, Forbidden, Invalid, NotFound
from collegium.jobs.models import Job
from collegium.jobs.services import job_create, jobs_of_document_stop, work_claim
from collegium.knowledge.blobs import (
    StagedBlob,
    blob_add,
    blob_discard,
    blob_stage,
    blobs_remove_unused,
)
from collegium.knowledge.metadata import metadata_check
from collegium.knowledge.models import (
    Access,
    Document,
    DocumentVersion,
    KnowledgeBase,
    VersionFile,
    VersionState,
)
from collegium.knowledge.selectors import (
    Id,
    document_get,
    knowledge_base_get,
    visible_documents,
)
from collegium.knowledge.uploads import (
    HeadKeeper,
    StagedFile,
    Upload,
    media_type_of,
    name_clean,
    size_announced,
)
from collegium.knowledge.work import derived_remove
from collegium.sdk.parsing import Parser
from collegium.sdk.registry import loaded_verticals, vertical_get
from collegium.sdk.vertical import Vertical

log = logging.getLogger(__name__)
FILES_MAX = 50


def knowledge_base_create(
    *, asker: Asker, name: str, vertical: str, description: str = "", access: str = Access.WORKSPACE
) -> KnowledgeBase:
    """Make a knowledge base of a vertical that the workspace has enabled; a name is used once."""
    _scope_check(asker, "upload")
    vertical_usable(asker, vertical)
    name = " ".join(name.split())
    if not name or len(name) > 200 or "\x00" in name + description:
        raise Invalid(_("A knowledge base needs a name of at most 200 characters."))
    _access_check(asker, access)
    taken = Conflict(
        _("A knowledge base '%(name)s' exists already; choose another name.") % {"name": name},
        code="name_taken",
    )
    if KnowledgeBase.objects.filter(workspace_id=asker.workspace_id, name=name).exists():
        raise taken
    try:
        with transaction.atomic():
            base = KnowledgeBase.objects.create(
                workspace_id=asker.workspace_id,
                name=name,
                vertical=vertical,
                description=description,
                access=access,
                created_by_id=asker.user_id,
            )
            audit_record(asker=asker, action="knowledge_base.create", target=base.pk)
    except IntegrityError as error:
        raise taken from error
    base.refresh_from_db()  # its number comes from the database
    return base


def vertical_usable(asker: Asker, slug: str) -> Vertical:
    """The vertical, where it is loaded, enabled in the workspace and open to the asker; else NotFound."""
    vertical = vertical_get(slug)
    enabled = WorkspaceVertical.objects.filter(workspace_id=asker.workspace_id, slug=slug, enabled=True)
    if not asker.may_use(slug) or not enabled.exists():
        raise NotFound(
            _("The vertical '%(slug)s' is not enabled here; an administrator can enable it.")
            % {"slug": slug},
            code="unknown_vertical",
        )
    return vertical


def document_add(
    *,
    asker: Asker,
    knowledge_base: KnowledgeBase,
    files: Sequence[Upload],
    title: str = "",
    metadata: Mapping[str, Any] | str | None = None,
    access: str = Access.WORKSPACE,
) -> tuple[DocumentVersion, Job]:
    """Store a document's files and queue its ingestion.

    Raises NotFound, Forbidden, Invalid, Unsupported, TooLarge, NoSpace, or Conflict where the knowledge base
    holds this content already; then nothing is stored.
    """
    base = knowledge_base_get(asker, knowledge_base.pk)
    _scope_check(asker, "upload")
    vertical = vertical_usable(asker, base.vertical)
    _access_check(asker, access)
    given = metadata_check(vertical, metadata)
    with ExitStack() as stack:
        staged = _files_stage(stack, vertical, files)
        name = _title(title, staged[0].name)
        with _content_once(asker, base, staged), transaction.atomic():
            document = Document.objects.create(
                workspace_id=base.workspace_id,
                knowledge_base=base,
                title=name,
                access=access,
                created_by_id=asker.user_id,
            )
            version = _version_create(asker, document, 1, staged, given)
            job = job_create(asker=asker, kind="ingest", subject=version.pk, document=document.pk)
            audit_record(asker=asker, action="document.add", target=document.pk, version=str(version.pk))
    return version, job


def version_add(
    *,
    asker: Asker,
    document: Document,
    files: Sequence[Upload],
    metadata: Mapping[str, Any] | str | None = None,
) -> tuple[DocumentVersion, Job]:
    """Store a new version and queue its ingestion; the current one stays searchable until it is done."""
    document = document_get(asker, document.pk)
    _scope_check(asker, "upload")
    base = document.knowledge_base
    vertical = vertical_usable(asker, base.vertical)
    given = metadata_check(vertical, metadata)
    with ExitStack() as stack:
        staged = _files_stage(stack, vertical, files)
        with _content_once(asker, base, staged), transaction.atomic():
            # Versions are numbered one after the other, and a document that was deleted meanwhile gets none.
            if Document.objects.select_for_update().filter(pk=document.pk).first() is None:
                raise NotFound(_("There is no such document."))
            last = document.versions.aggregate(last=Max("number"))["last"] or 0
            version = _version_create(asker, document, last + 1, staged, given)
            job = job_create(asker=asker, kind="ingest", subject=version.pk, document=document.pk)
            audit_record(asker=asker, action="document.version", target=document.pk, version=str(version.pk))
    return version, job


def document_delete(*, asker: Asker, document_id: Id) -> None:
    """Remove a document with its versions, passages, vectors, term counts and files, and stop its jobs."""
    from collegium.knowledge.index import index_remove

    document = document_get(asker, document_id)
    _scope_check(asker, "upload")
    with transaction.atomic():
        jobs_of_document_stop(document_id=document.pk)  # first: whoever completes a job holds its row
        if Document.objects.select_for_update().filter(pk=document.pk).first() is None:
            raise NotFound(_("There is no such document."))
        vertical = loaded_verticals().get(document.knowledge_base.vertical)
        if vertical is not None:
            vertical.removed(document.pk)
        versions = list(document.versions.values_list("pk", flat=True))
        hashes = list(VersionFile.objects.filter(version__document=document).values_list("sha256", flat=True))
        index_remove(document_ids=[document.pk])
        audit_record(asker=asker, action="document.delete", target=document.pk)
        document.delete()
    blobs_remove_unused(hashes=hashes)
    for version in versions:
        derived_remove(version)


def document_reindex(*, asker: Asker, document_id: Id) -> Job:
    """Queue a document's reading anew, while it stays searchable. Conflict where it is being read already."""
    with transaction.atomic():
        document, _vertical, version = _reading_claim(asker, document_id)
        job = job_create(asker=asker, kind="ingest", subject=version.pk, document=document.pk)
        audit_record(asker=asker, action="document.reindex", target=document.pk)
    return job


def document_describe(*, asker: Asker, document_id: Id, metadata: Mapping[str, Any]) -> Job:
    """Correct what is known of a document, and queue its reading anew, for its passages are found by it.

    Fields that are not named stay; an empty one goes back to what is recognised. Raises Invalid, or Conflict
    where the document is being read.
    """
    with transaction.atomic():
        document, vertical, version = _reading_claim(asker, document_id)
        stated = metadata_check(vertical, metadata)
        kept = {name: value for name, value in version.given_metadata.items() if name not in metadata}
        version.given_metadata = kept | stated
        version.save(update_fields=["given_metadata"])
        job = job_create(asker=asker, kind="ingest", subject=version.pk, document=document.pk)
        audit_record(asker=asker, action="document.describe", target=document.pk, fields=sorted(metadata))
    return job


def _reading_claim(asker: Asker, document_id: Id) -> tuple[Document, Vertical, DocumentVersion]:
    """A document that is to be read anew, with the version to read, locked until the transaction ends."""
    document = document_get(asker, document_id)
    _scope_check(asker, "upload")
    vertical = vertical_usable(asker, document.knowledge_base.vertical)
    version = document.current or document.versions.order_by("-number").first()
    if version is None:
        raise NotFound(_("The document has no content."))
    work_claim(kind="ingest", subject=version.pk)
    if Document.objects.select_for_update().filter(pk=document.pk).first() is None:
        raise NotFound(_("There is no such document."))
    return document, vertical, version


def _scope_check(asker: Asker, scope: str) -> None:
    if not asker.may(scope):
        raise Forbidden(
            _("This needs the permission '%(scope)s'; ask an administrator for it.") % {"scope": scope}
        )


def _access_check(asker: Asker, access: str) -> None:
    if access not in Access.values:
        raise Invalid(
            _("There is no access '%(access)s'; choose one of %(values)s.")
            % {"access": access, "values": ", ".join(Access.values)}
        )
    if access == Access.RESTRICTED and asker.user_id is None:
        raise Invalid(_("A key that acts for nobody cannot make what only certain people may see."))


def _title(title: str, file_name: str) -> str:
    clean = " ".join(title.replace("\x00", "").split())
    return (clean or PurePath(file_name).stem or file_name)[:400]


def _files_stage(stack: ExitStack, vertical: Vertical, files: Sequence[Upload]) -> list[StagedFile]:
    """Receive all files; the stack discards what was not added to the store when it closes."""
    if not 1 <= len(files) <= FILES_MAX:
        raise Invalid(_("A document has 1 to %(limit)s files.") % {"limit": FILES_MAX}, code="invalid_files")
    further = parser_media_types(vertical)
    room = settings.UPLOAD_MAX_BYTES
    staged: list[StagedFile] = []
    for upload in files:
        name = name_clean(upload.name)
        keeper = HeadKeeper(upload.chunks())
        blob = blob_stage(parts=keeper, max_bytes=room, announced_bytes=size_announced(upload))
        stack.push(partial(_blob_forget, blob))
        if blob.size_bytes == 0:
            raise Invalid(
                _("'%(name)s' is empty. Upload the file with its content.") % {"name": name},
                code="empty_file",
            )
        media_type = media_type_of(name, keeper.head, further=further)
        staged.append(StagedFile(blob, name, media_type))
    if len({file.blob.sha256 for file in staged}) < len(staged):
        raise Invalid(_("The same file was sent twice in one document."), code="invalid_files")
    return staged


def _blob_forget(blob: StagedBlob, kind: object, error: object, trace: object) -> None:
    """Remove received bytes whose rows were not made; those of a version stay."""
    blob_discard(blob)
    if kind is not None:
        blobs_remove_unused(hashes=[blob.sha256])


def parser_media_types(vertical: Vertical) -> frozenset[str]:
    """What the vertical's own parsers read beyond the platform's."""
    from django.utils.module_loading import import_string

    parsers: list[Parser] = [import_string(path) for path in vertical.parsers]
    return frozenset(kind for parser in parsers for kind in parser.media_types)


def content_hash(hashes: Sequence[str]) -> str:
    """The identity of a version: SHA-256 over the sorted hashes of its files."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


@contextmanager
def _content_once(asker: Asker, base: KnowledgeBase, staged: Sequence[StagedFile]) -> Iterator[None]:
    """Refuse content that the knowledge base holds already, also where two uploads race."""
    hashed = content_hash([file.blob.sha256 for file in staged])
    _duplicate_refuse(asker, base, hashed)
    try:
        yield
    except IntegrityError:
        _duplicate_refuse(asker, base, hashed)
        raise


def _duplicate_refuse(asker: Asker, base: KnowledgeBase, hashed: str) -> None:
    same = DocumentVersion.objects.filter(knowledge_base=base, content_hash=hashed).first()
    if same is None:
        return
    extra = {}
    # Only who may see the other document learns which it is.
    if visible_documents(asker).filter(pk=same.document_id).exists():
        extra = {"document": str(same.document_id), "version": str(same.pk)}
    raise Conflict(_("The knowledge base holds this content already."), code="duplicate", **extra)


def _version_create(
    asker: Asker, document: Document, number: int, staged: Sequence[StagedFile], given: dict[str, Any]
) -> DocumentVersion:
    version = DocumentVersion.objects.create(
        document=document,
        knowledge_base=document.knowledge_base,
        number=number,
        content_hash=content_hash([file.blob.sha256 for file in staged]),
        state=VersionState.PENDING,
        size_bytes=sum(file.blob.size_bytes for file in staged),
        metadata=given,
        given_metadata=given,
        created_by_id=asker.user_id,
    )
    VersionFile.objects.bulk_create(
        VersionFile(
            version=version,
            position=position,
            name=file.name,
            sha256=file.blob.sha256,
            size_bytes=file.blob.size_bytes,
            media_type=file.media_type,
        )
        for position, file in enumerate(staged)
    )
    for file in sorted(staged, key=lambda file: file.blob.sha256):  # one order for all, so no deadlock
        blob_add(file.blob)
    return version
