"""The engine's configuration refuses what it does not know."""

from pathlib import Path

import pytest

from engine.config import EmbeddingConfig, ServeConfig
from engine.errors import ConfigInvalid


def test_an_unknown_setting_is_an_error_that_lists_the_known():
    with pytest.raises(ConfigInvalid, match="unknown engine settings: max_len .*max_model_len"):
        ServeConfig.from_mapping({"model": "m", "max_len": 1})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"model": ""}, "directory or a Hugging Face id"),
        ({"dtype": "int3"}, "dtype"),
        ({"max_model_len": 0}, "max_model_len"),
        ({"kv_cache_gb": 0}, "kv_cache_gb"),
        ({"port": 70000}, "port"),
        ({"port": 0}, "port"),
    ],
)
def test_an_unusable_value_is_refused_by_name(change, said):
    with pytest.raises(ConfigInvalid, match=said):
        ServeConfig.from_mapping({"model": "m"} | change)


def test_the_embedding_server_needs_a_thread():
    with pytest.raises(ConfigInvalid, match="threads"):
        EmbeddingConfig(model=Path("m"), threads=0)


def test_ranks_need_a_broker_and_a_broker_needs_a_key():
    with pytest.raises(ConfigInvalid, match="broker"):
        ServeConfig(model="m", ranks=2)
    with pytest.raises(ConfigInvalid, match="rank_key_file"):
        ServeConfig(model="m", ranks=2, broker="redis://h/0")
    with pytest.raises(ConfigInvalid, match="at least 1"):
        ServeConfig(model="m", ranks=0)
