"""Knowledge bases, their documents, and what search reads.

A document has versions; one of them is current. A version holds 1..n files and, once ingested, its chunks.
Only chunks of current versions have rows in ChunkVector and ChunkLex, which search reads.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField, SparseVectorField

from collegium.accounts.models import User, Workspace

TERM_SPACE = (
    1_000_000_000  # a term is a 64-bit hash modulo this: the largest dimension of pgvector's sparsevec
)


class Access(models.TextChoices):
    WORKSPACE = "workspace", _("everyone in the workspace")
    RESTRICTED = "restricted", _("only people it is shared with")


class KnowledgeBase(models.Model):
    """A named set of documents of one vertical in one workspace."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(  # short key for the search tables
        unique=True,
        editable=False,
        db_default=models.Func(
            models.Value("knowledge_base_number"), function="nextval", output_field=models.IntegerField()
        ),
    )
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="knowledge_bases")
    vertical = models.SlugField(_("vertical"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    access = models.CharField(
        _("who may see it"), max_length=10, choices=Access.choices, default=Access.WORKSPACE
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("knowledge base")
        verbose_name_plural = _("knowledge bases")
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="knowledge_base_name_once")]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    """Something that was uploaded, over all its versions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="documents")
    knowledge_base = models.ForeignKey(KnowledgeBase, models.CASCADE, related_name="documents")
    title = models.CharField(_("title"), max_length=400)
    access = models.CharField(
        _("who may see it"), max_length=10, choices=Access.choices, default=Access.WORKSPACE
    )
    current = models.ForeignKey("DocumentVersion", models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")

    def __str__(self) -> str:
        return self.title


class Grant(models.Model):
    """Lets a person see a restricted knowledge base or document; exactly one of the two is set."""

    knowledge_base = models.ForeignKey(
        KnowledgeBase, models.CASCADE, null=True, blank=True, related_name="grants"
    )
    document = models.ForeignKey(Document, models.CASCADE, null=True, blank=True, related_name="grants")
    user = models.ForeignKey(User, models.CASCADE, related_name="grants")

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(knowledge_base__isnull=True) ^ models.Q(document__isnull=True),
                name="grant_of_one_thing",
            ),
            models.UniqueConstraint(fields=["knowledge_base", "user"], name="grant_of_base_once"),
            models.UniqueConstraint(fields=["document", "user"], name="grant_of_document_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.knowledge_base or self.document}"


class VisibilityChange(models.Model):
    """A note of the database that who may see what has changed (knowledge.changes)."""

    id = models.BigAutoField(primary_key=True)

    def __str__(self) -> str:
        return str(self.pk)


class VersionState(models.TextChoices):
    PENDING = "pending", _("being read")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class DocumentVersion(models.Model):
    """One content of a document: its files, what was recognised in them, and the state of its ingestion."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="versions")
    knowledge_base = models.ForeignKey(
        KnowledgeBase, models.CASCADE, related_name="+"
    )  # for the constraint below
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)  # SHA-256 over the sorted SHA-256 of its files
    state = models.CharField(max_length=8, choices=VersionState.choices, default=VersionState.PENDING)
    language = models.CharField(max_length=8, blank=True)  # en, zh, or empty where unknown
    page_count = models.PositiveIntegerField(null=True)  # None for what has no pages
    chunk_count = models.PositiveIntegerField(default=0)
    size_bytes = models.BigIntegerField(default=0)
    metadata = models.JSONField(default=dict)  # the vertical's fields, recognised or given; given wins
    given_metadata = models.JSONField(default=dict)  # what the uploader stated
    outline = models.JSONField(default=list)  # page sizes: [[width, height], ...] in points, page 1 first
    parser = models.CharField(max_length=100, blank=True)  # name and version of the parser that read it
    warnings = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    indexed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["knowledge_base", "content_hash"], name="content_once_in_a_base"),
        ]

    def __str__(self) -> str:
        return f"{self.document} v{self.number}"


class VersionFile(models.Model):
    """A file of a version; its bytes lie in the blob store under their hash."""

    version = models.ForeignKey(DocumentVersion, models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    media_type = models.CharField(max_length=100)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class Chunk(models.Model):
    """A passage of a version. It never crosses a page; `lines` map its characters to boxes.

    `lines`: [[start, end, page, x0, y0, x1, y1, [[start, x0, x1], ...]], ...], characters counted in `text`,
    boxes in PDF points from the top left; the inner list holds the words. Empty for what has no pages.
    """

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(DocumentVersion, models.CASCADE, related_name="chunks")
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, default="text")  # text | table
    text = models.TextField()
    section = models.JSONField(default=list)  # headings from the outermost to the innermost
    locator = (
        models.JSONField()
    )  # {"kind": "page", "page": 3} | {"kind": "anchor", "anchor": ...} | {"kind": "span", ...}
    page = models.PositiveIntegerField(null=True)
    boxes = models.JSONField(default=list)  # [[x0, y0, x1, y1], ...] of the whole passage
    lines = models.JSONField(default=list)
    char_start = models.PositiveIntegerField(default=0)  # in the version's whole text
    char_end = models.PositiveIntegerField(default=0)
    digest = models.CharField(
        max_length=64
    )  # SHA-256 of what was embedded: unchanged text is not embedded again

    class Meta:
        ordering = ["version", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["version", "ordinal"], name="chunk_ordinal_once")]

    def __str__(self) -> str:
        return f"{self.version_id} #{self.ordinal}"


class EmbeddingModel(models.Model):
    """An encoder whose vectors are stored; a change of encoder adds a row and re-embeds beside the old."""

    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64, unique=True)
    dims = models.PositiveIntegerField()
    active = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["active"], condition=models.Q(active=True), name="one_active_embedding_model"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ChunkVector(models.Model):
    """The dense vector of a chunk; its HNSW index is made per embedding model, over a cast to its dims."""

    chunk = models.OneToOneField(Chunk, models.CASCADE, primary_key=True, related_name="vector")
    version = models.ForeignKey(DocumentVersion, models.CASCADE, related_name="+")
    kb = models.IntegerField(db_index=True)  # KnowledgeBase.number
    model = models.ForeignKey(EmbeddingModel, models.PROTECT)
    embedding = HalfVectorField()


class ChunkLex(models.Model):
    """The BM25 weights of a chunk's terms: tf / (tf + k1 (1 - b + b dl / avgdl)), k1 and b in lexical.py."""

    chunk = models.OneToOneField(Chunk, models.CASCADE, primary_key=True, related_name="lex")
    version = models.ForeignKey(DocumentVersion, models.CASCADE, related_name="+")
    kb = models.IntegerField(db_index=True)
    terms = ArrayField(models.IntegerField())
    weights = SparseVectorField(dimensions=TERM_SPACE)

    class Meta:
        indexes = [GinIndex(fields=["terms"], name="chunk_lex_terms")]


class TermCount(models.Model):
    """In how many chunks of a base a term occurs; term 0 counts the chunks. Kept by triggers on ChunkLex."""

    kb = models.IntegerField()
    term = models.IntegerField()
    chunks = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["term", "kb"], name="term_count_once")]
