"""The cast: people of one workspace, and an outsider who must never see anything of it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients import client_of

VERTICALS = ("finance", "medical")
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def language_engine(tmp_path_factory) -> Iterator:
    """A LanguageEngine, which the last file of tests.order.ENGINE_SHARED kills."""
    from tests.language_engine import language_engine_started

    with language_engine_started(tmp_path_factory.mktemp("l") / "l.sock") as running:
        yield running


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """A browser that the tests of a module share."""
    from tests.collegium.dashboard.live import chromium

    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(session_environment) -> Iterator[str]:
    """The address of a web process that the tests of a module share."""
    from tests.collegium.dashboard.live import served

    with served(session_environment) as address:
        yield address


@pytest.fixture
def workspace(db):
    from collegium.accounts.services import workspace_create

    return workspace_create(slug="acme", name="Acme Research", verticals=VERTICALS)


@pytest.fixture
def foreign(db):
    """Another workspace, of which the outsider is even an administrator."""
    from collegium.accounts.services import workspace_create

    return workspace_create(slug="foreign", name="Foreign Circle", verticals=VERTICALS)


@pytest.fixture
def member_make(db) -> Callable:
    """member_make(workspace, "name", "editor") -> a person with that role there."""
    from collegium.accounts.models import User
    from collegium.accounts.services import member_add

    def make(workspace, name: str, role: str):
        user = User.objects.create_user(username=name, password=PASSWORD)
        member_add(workspace=workspace, user=user, role=role)
        return user

    return make


@pytest.fixture
def owner(workspace, member_make):
    return member_make(workspace, "owner", "admin")


@pytest.fixture
def editor(workspace, member_make):
    return member_make(workspace, "editor", "editor")


@pytest.fixture
def colleague(workspace, member_make):
    return member_make(workspace, "colleague", "analyst")


@pytest.fixture
def outsider(foreign, member_make):
    return member_make(foreign, "outsider", "admin")


@pytest.fixture
def editor_client(editor):
    return client_of(editor)


@pytest.fixture
def colleague_client(colleague):
    return client_of(colleague)


@pytest.fixture
def outsider_client(outsider):
    return client_of(outsider)


@pytest.fixture
def asker_of() -> Callable:
    """asker_of(user, workspace) -> Asker."""
    from collegium.accounts.selectors import asker_for_user

    return lambda user, workspace: asker_for_user(user, workspace.pk)


@pytest.fixture
def owner_asker(owner, workspace, asker_of):
    return asker_of(owner, workspace)


@pytest.fixture
def editor_asker(editor, workspace, asker_of):
    return asker_of(editor, workspace)


@pytest.fixture
def colleague_asker(colleague, workspace, asker_of):
    return asker_of(colleague, workspace)


@pytest.fixture
def outsider_asker(outsider, foreign, asker_of):
    return asker_of(outsider, foreign)


@pytest.fixture
def key_make() -> Callable:
    """key_make(workspace, "read", "ask", user=...) -> the text of a new API key; scope `all` without arguments."""
    from collegium.accounts.services import api_key_create

    def make(workspace, *scopes: str, **more) -> str:
        return api_key_create(workspace=workspace, name="test", scopes=scopes or ["all"], **more)[1]

    return make


@pytest.fixture
def finance_base(owner_asker):
    from collegium.knowledge.services import knowledge_base_create

    return knowledge_base_create(asker=owner_asker, name="Reports", vertical="finance")


@pytest.fixture
def medical_base(owner_asker):
    from collegium.knowledge.services import knowledge_base_create

    return knowledge_base_create(asker=owner_asker, name="Guidelines", vertical="medical")


@pytest.fixture(scope="session")
def session_environment(django_db_setup) -> dict[str, str]:
    """The environment of a real process that outlives a test, such as a web process that several share."""
    from django.conf import settings
    from django.db import connection

    host = settings.HOME.postgres_socket
    database = connection.settings_dict["NAME"]
    return {**os.environ, "DATABASE_URL": f"postgresql://collegium@/{database}?host={host}"}


@pytest.fixture
def process_environment(transactional_db, session_environment) -> dict[str, str]:
    """The environment of a real process, such as a worker, that shares the test's database and home."""
    return dict(session_environment)
