"""Documents that recipes read, ready without what search needs; and examples as the training reads them."""

import json
from typing import Any

from collegium.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase, VersionState


def base_made(workspace: Any, vertical: str, name: str = "base") -> KnowledgeBase:
    return KnowledgeBase.objects.create(workspace=workspace, vertical=vertical, name=name)


def document_made(base: KnowledgeBase, *passages: str, access: str = "workspace", **version: Any) -> str:
    """The id of a document of these passages."""
    document = Document.objects.create(
        workspace=base.workspace, knowledge_base=base, title="A document", access=access
    )
    made = DocumentVersion.objects.create(
        document=document, knowledge_base=base, number=1, content_hash=document.pk.hex * 2,
        state=VersionState.READY, **version,
    )  # fmt: skip
    Chunk.objects.bulk_create(
        Chunk(version=made, ordinal=number, text=text, locator={"kind": "page", "page": 1})
        for number, text in enumerate(passages)
    )
    Document.objects.filter(pk=document.pk).update(current=made)
    return str(document.pk)


def examples_written(examples: Any, path: Any) -> Any:
    path.write_text("".join(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in examples))
    return path
