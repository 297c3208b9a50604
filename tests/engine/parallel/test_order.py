"""An order is checked field by field before anything is done with it."""

import pytest

from engine.parallel.errors import OrderInvalid
from engine.parallel.order import Order, order_read

BODY = {
    "run": "abc123",
    "rank": 1,
    "ranks": 2,
    "worker": "host-gpu1",
    "local_rank": 1,
    "devices": [0, 1],
    "control": "tcp://10.0.0.1:4000",
    "store": "tcp://[fd00::1]:4001",
    "arguments": {"model": "/m", "tensor_parallel_size": 2, "enforce_eager": True},
    "environment": {"VLLM_CPU_KVCACHE_SPACE": "1"},
    "facts": {"dtype": "torch.float32"},
    "code": "1+abc",
    "vllm": "0.32.0",
    "model": "f" * 64,
}


def test_an_order_travels_as_json_and_back():
    order = order_read(BODY)
    assert order.body() == BODY
    assert order_read(order.body()) == order and isinstance(order, Order)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"command": "rm"}, "unknown fields: command"),
        ({"run": "../x"}, "run is not a usable name"),
        ({"worker": 7}, "worker must be text"),
        ({"rank": True}, "rank must be a whole number"),
        ({"rank": 2}, "do not agree"),
        ({"local_rank": -1}, "do not agree"),
        ({"devices": ["0"]}, "devices must be numbers"),
        ({"devices": [0]}, "no device for the rank"),
        ({"control": "ipc:///tmp/x"}, "not tcp"),
        ({"store": "tcp://h:99999"}, "not tcp"),
        ({"arguments": {"trust_remote_code": True}}, "'trust_remote_code' may not be ordered"),
        ({"arguments": {"worker_cls": "os.system"}}, "'worker_cls' may not be ordered"),
        ({"arguments": {"max_model_len": "2048"}}, "max_model_len must be of type"),
        ({"arguments": {"eplb_config": {"communicator": "x"}}}, "'communicator' may not be ordered"),
        ({"environment": {"LD_PRELOAD": "/tmp/x.so"}}, "'LD_PRELOAD' may not be ordered"),
        ({"environment": {"HF_HUB_OFFLINE": 1}}, "must be text"),
        ({"facts": []}, "facts must be an object"),
    ],
)
def test_what_is_unknown_or_of_another_kind_is_refused_by_name(change, said):
    with pytest.raises(OrderInvalid, match=said):
        order_read(BODY | change)


def test_a_missing_field_is_named():
    with pytest.raises(OrderInvalid, match="lacks: facts"):
        order_read({name: value for name, value in BODY.items() if name != "facts"})
