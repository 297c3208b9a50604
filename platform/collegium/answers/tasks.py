from celery import shared_task

from collegium.answers.services import answers_lost_close


@shared_task
def answers_sweep() -> None:
    """Close answers whose process died."""
    answers_lost_close()
