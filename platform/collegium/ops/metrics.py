"""What /metrics shows; web and workers gather their figures in PROMETHEUS_MULTIPROC_DIR where it is set."""

from prometheus_client import Counter, Gauge, Histogram

LATENCIES_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

REQUESTS = Counter("collegium_requests_total", "Requests by route and status.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "collegium_request_seconds", "Time to the response's start.", ["route"], buckets=LATENCIES_S
)
INGESTED = Counter("collegium_ingested_total", "Document versions whose ingestion ended.", ["state"])
INGEST_SECONDS = Histogram(
    "collegium_ingest_seconds", "Time in a stage of ingestion.", ["stage"], buckets=LATENCIES_S
)
SEARCH_SECONDS = Histogram(
    "collegium_search_seconds", "Time in a part of search.", ["part"], buckets=LATENCIES_S
)
ANSWER_SECONDS = Histogram(
    "collegium_answer_seconds", "Time in a part of answering.", ["vertical", "part"], buckets=LATENCIES_S
)
ANSWERS = Counter("collegium_answers_total", "Answers by vertical and outcome.", ["vertical", "outcome"])
QUEUE_DEPTH = Gauge("collegium_jobs", "Jobs by state.", ["state"], multiprocess_mode="mostrecent")
ENGINE_UP = Gauge(
    "collegium_engine_up", "1 where the engine is ready.", ["part"], multiprocess_mode="mostrecent"
)
