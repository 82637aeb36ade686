"""What host and worker agree on is written once: what the host puts in a header, the worker reads again."""

from __future__ import annotations

import json

from tfprep.problems import Input
from tfprep.sandbox import ArtifactKind, InputForm, Limits
from tfprep.sandbox.protocol.contract import PredictRequest

FORMS = (InputForm("pixels", (28, 28), "float32"), InputForm("text", (), "string"))


def request(*forms: InputForm) -> PredictRequest:
    """A request with a value of its own in each field."""
    limits = Limits(1.5, memory_bytes=2, disk_bytes=3, reply_bytes=4, log_bytes=5, processes=6)
    return PredictRequest(ArtifactKind.KERAS, "abc", ("def", "ghi"), forms, ((10,), (1,)), limits, ("def",))


def test_a_request_is_read_as_it_was_sent() -> None:
    sent = request(*FORMS)
    assert PredictRequest.from_header(json.loads(json.dumps(sent.as_header()))) == sent


def test_the_worker_is_sent_the_form_of_a_problem_s_input_and_not_its_description() -> None:
    sent = request(Input("pixels", (28, 28), "float32", "28x28 grey pixels"))
    assert "grey" not in json.dumps(sent.as_header())
    assert PredictRequest.from_header(sent.as_header()).forms == FORMS[:1]
