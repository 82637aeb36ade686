"""The attack that an administrator starts: what counts as held, and what as got through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import pytest

from tfprep.errors import WorkerLost
from tfprep.grader.attack import AttackResult, attack
from tfprep.grader.attack_table import FILES, SCRIPTS, ScriptAttack
from tfprep.sandbox import Ending, Outcome, PredictJob, Refusal, TrainJob

Answer = Callable[[ScriptAttack], Outcome]


@dataclass
class Attacked:
    """A sandbox that answers each script so, and refuses files, or not."""

    answer: Answer
    refuses: bool = True
    name: str = "attacked"

    def train(self, job: TrainJob) -> Outcome:
        tried = next((each for each in SCRIPTS if job.script.endswith(each.script.encode())), None)
        return Outcome(Ending.CRASHED, log="well") if tried is None else self.answer(tried)

    def predict(self, job: PredictJob) -> Outcome:
        if self.refuses:
            return Outcome(Ending.REFUSED, refusal=Refusal("custom_layer", "It is refused."))
        return Outcome(Ending.COMPLETED)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


def holds(tried: ScriptAttack) -> Outcome:
    return Outcome(tried.endings[0], log="\n".join(["FAILED a thing OSError"] * tried.attempts))


def through(results: tuple[AttackResult, ...]) -> set[str]:
    return {each.what for each in results if not each.held}


def test_a_sandbox_in_which_every_attempt_fails_has_held() -> None:
    results = attack(Attacked(holds))
    assert len(results) == len(SCRIPTS) + len(FILES) + 1
    assert not through(results)
    assert {each.kind for each in results} >= {"reaching out", "privileges", "resources", "model files"}


def test_one_thing_that_was_got_is_told() -> None:
    def answer(tried: ScriptAttack) -> Outcome:
        outcome = holds(tried)
        return Outcome(outcome.ending, log=outcome.log + "\nGOT the engine 1") if tried.attempts else outcome

    results = attack(Attacked(answer))
    assert through(results) == {each.what for each in SCRIPTS if each.attempts}
    assert "GOT the engine 1" in {each.saw for each in results}


def test_a_script_that_did_not_get_to_its_attempts_has_tried_nothing() -> None:
    results = attack(Attacked(lambda tried: Outcome(tried.endings[0])))
    assert through(results) == {each.what for each in SCRIPTS if each.attempts}


@pytest.mark.parametrize("ending", [Ending.COMPLETED, Ending.OUT_OF_MEMORY])
def test_an_attack_that_ends_in_another_way_has_not_held(ending: Ending) -> None:
    results = attack(Attacked(lambda tried: Outcome(ending, log=holds(tried).log)))
    assert through(results) == {each.what for each in SCRIPTS if ending not in each.endings}


def test_a_file_that_is_not_refused_and_a_lost_worker_are_told() -> None:
    def lost(tried: ScriptAttack) -> Outcome:
        if tried.kind == "resources":
            raise WorkerLost("The sandbox worker was lost.", "Submit again.")
        return holds(tried)

    expected = {each.what for each in SCRIPTS if each.kind == "resources"} | {each.what for each in FILES}
    results = attack(Attacked(lost, refuses=False))
    assert through(results) == expected
