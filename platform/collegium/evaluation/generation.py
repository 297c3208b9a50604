"""What the served model writes when a suite asks it without the way of an answer."""

from collegium.errors import Problem
from collegium.sdk.evaluation import SuiteProblem
from collegium.serving.priority import priority_current
from collegium.serving.resolution import handle_of, production_engine, version_pinned
from engine.client import ChatMessage, Scheduling
from engine.errors import EngineError

HINT = (
    "This suite measures what it writes: start it by `manage.py up`, or name one by ENGINE_URL, and run the "
    "suite again."
)


def model_said(system: str, user: str, *, max_tokens: int) -> str:
    """The whole text, greedily chosen. SuiteProblem where no engine is ready or it fails."""
    messages = [ChatMessage("system", system)] if system else []
    messages.append(ChatMessage("user", user))
    try:
        pinned = version_pinned()
        engine = production_engine() if pinned is None else handle_of(pinned)
        state = engine.state()
        if state.state != "ready":
            raise SuiteProblem(f"The language model does not answer: {state.detail or state.state}. {HINT}")
        text, _usage = engine.client.chat(
            messages, max_tokens=max_tokens, scheduling=Scheduling(priority=priority_current())
        )
    except (Problem, EngineError) as error:
        raise SuiteProblem(f"The language model could not be asked: {error} {HINT}") from error
    return text.strip()
