"""Problems are told in the language that a request asks for; their codes are the same in all."""

import json
import uuid

import pytest
from django.utils.translation import gettext_noop, override

from collegium.api.problems import problem_from
from collegium.errors import problem_told
from collegium.jobs.models import Job, JobState
from collegium.jobs.services import job_create
from collegium.knowledge.models import Document
from collegium.sdk.parsing import ParseProblem
from engine.errors import ContextTooLong, EngineUnavailable
from tests.collegium.api.conftest import Caller
from tests.collegium.api.test_body_limit import refused

pytestmark = pytest.mark.django_db
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}


def told(call: Caller, *request, **headers: str) -> dict:
    reply = call(*request, headers=headers)
    assert reply.status_code >= 400
    return json.loads(reply.content)


@pytest.mark.parametrize(
    ("request_", "title", "detail", "code"),
    [
        (("GET", "/api/v1/documents/x"), "未找到", "没有这个文档。", "not_found"),
        (("POST", "/api/v1/search", {"query": ""}), "输入无效", "query：请写下要查找的内容。", "invalid"),
        (("GET", "/api/v1/jobs?state=odd"), "输入无效", "state：请从 queued", "invalid"),
        (("PATCH", "/api/v1/documents"), "此地址不支持该方法", "", "method_not_allowed"),
        (("GET", "/api/v1/nowhere"), "未找到", "此地址没有内容", "no_such_route"),
        (
            ("POST", "/api/v1/finance/answers", {"question": "x" * 5000}),
            "输入无效",
            "长度超过本系统的上限 4000 个字符",
            "invalid",
        ),
    ],
)
def test_title_and_detail_follow_the_request_and_the_code_stays(caller, request_, title, detail, code):
    english, chinese = told(caller, *request_), told(caller, *request_, **CHINESE)
    assert (chinese["title"], chinese["code"], chinese["status"]) == (title, code, english["status"])
    assert detail in chinese["detail"].replace(": ", "：")
    assert english["code"] == code and english["detail"].isascii() and english["title"].isascii()


def test_the_fields_of_a_refused_request_are_told_so_too_with_the_same_codes(caller):
    body = {"name": "", "vertical": "finance", "colour": "blue"}
    english, chinese = (
        told(caller, "POST", "/api/v1/knowledge-bases", body, **more)["errors"] for more in ({}, CHINESE)
    )
    assert [(e["field"], e["code"]) for e in english] == [(e["field"], e["code"]) for e in chinese]
    assert "没有这个字段" in chinese[0]["message"] and "no such member" in english[0]["message"]


def test_a_missing_key_and_the_openai_surface_speak_chinese_in_their_own_shapes(anonymous, caller):
    assert told(anonymous, "GET", "/api/v1/verticals", **CHINESE)["title"] == "需要有效的密钥"
    chat = {"model": "ada", "messages": [{"role": "user", "content": "x"}]}
    error = told(caller, "POST", "/v1/chat/completions", chat, **CHINESE)["error"]
    assert error["code"] == "model_not_found" and "没有模型“ada”" in error["message"]


def test_a_body_over_the_limit_is_refused_in_chinese_before_django_sees_the_request():
    status, _, body = refused("/api/v1/documents", language="zh-CN")
    problem = json.loads(body)
    assert (status, problem["code"], problem["title"]) == (413, "too_large", "过大")
    assert "上传内容超过本系统的上限" in problem["detail"]
    assert "上传内容超过本系统的上限" in refused("/knowledge/1/upload/", cookie="django_language=zh-hans")[2]
    assert "larger than" in refused("/api/v1/documents", language="fr")[2]


def test_an_engines_lengths_are_told_in_both_languages():
    error = ContextTooLong("as the engine says", prompt_tokens=5000, limit_tokens=4096)
    with override("zh-hans"):
        assert "5000 个词元" in problem_from(error).detail and "4096" in problem_from(error).detail
        assert problem_from(EngineUnavailable("x")).detail == "引擎目前没有响应，请稍后重试。"
    assert "5000 tokens" in problem_from(error).detail


@pytest.fixture
def failed_job(owner_asker, finance_base):
    document = Document.objects.create(
        workspace=finance_base.workspace, knowledge_base=finance_base, title="Long"
    )
    problem = ParseProblem(
        "too_many_pages", gettext_noop("The PDF has no pages. Export it anew and upload that.")
    )
    stored = {"title": "The file cannot be read", **problem.as_dict()}
    job = job_create(asker=owner_asker, kind="ingest", subject=uuid.uuid4(), document=document.pk)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, problem=stored)
    return job


def test_what_a_job_met_is_stored_once_and_told_to_each_reader_in_their_language(caller, failed_job):
    path = f"/api/v1/jobs/{failed_job.pk}"
    english, chinese = (caller("GET", path, headers=more).json()["problem"] for more in ({}, CHINESE))
    assert english == {
        "code": "too_many_pages",
        "title": "The file cannot be read",
        "detail": "The PDF has no pages. Export it anew and upload that.",
    }
    assert chinese["code"] == "too_many_pages" and chinese["title"] == "无法读取文件"
    assert chinese["detail"] == "PDF 没有页面。请重新导出后上传。"


def test_what_was_filled_in_is_filled_into_the_translation_and_foreign_sentences_stay_as_they_are():
    ours = ParseProblem(
        "x", "Page %(page)s of the PDF is damaged. Export it anew, then upload it again.", page=7
    )
    with override("zh-hans"):
        assert problem_told(ours.as_dict())["detail"] == "PDF 的第 7 页已损坏。请重新导出后再上传。"
        hostile = {"code": "z", "detail": "d", "message": "%(x)999999999s", "params": {"x": "1"}}
        assert problem_told(hostile) == {"code": "z", "detail": "d"}
        lacking = ours.as_dict() | {"params": {}}
        assert problem_told(lacking)["detail"] == ours.detail
        plain = ParseProblem("y", "Column A is 100% wrong.")
        assert problem_told(plain.as_dict())["detail"] == "Column A is 100% wrong."
    assert problem_told(ours.as_dict())["detail"] == ours.detail
