"""The slots of a pool may become more and fewer while a batch runs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tfprep.grader.grade import Graded
from tfprep.grader.parallel.worker_threads import GradingJob, GradingThreads
from tfprep.sandbox import Outcome, PredictJob

from .text_models import GradingSetup, TextModelPool, TextModelSandbox, hand_in, read


def test_more_run_at_once_when_the_pool_grows_and_fewer_when_it_shrinks(setup: GradingSetup) -> None:
    pool = ChangingPool(setup.right)
    jobs = [GradingJob(read(hand_in(f"x{n}", f"right 10 {n}")), setup.prepared) for n in range(5)]
    with ThreadPoolExecutor(5) as executor, GradingThreads(pool) as threads:
        assert isinstance(executor.submit(threads.grade, jobs[0]).result(), Graded)
        pool.slots, pool.meet = 3, threading.Barrier(3, timeout=30)
        assert all(isinstance(each, Graded) for each in executor.map(threads.grade, jobs[1:4]))
        pool.slots, pool.meet, pool.most = 1, threading.Barrier(1), 0
        assert all(isinstance(each, Graded) for each in executor.map(threads.grade, jobs))
    assert pool.most == 1
    assert pool.calls.opened == pool.calls.closed == 3


class ChangingPool(TextModelPool):
    """One slot at first. Its jobs wait until as many run as `meet` says; `most` ran at once."""

    def __init__(self, right: np.ndarray) -> None:
        super().__init__(right, slots=1)
        self.meet, self.most, self._running = threading.Barrier(1), 0, 0

    def make(self, slot: int) -> TextModelSandbox:
        sandbox = super().make(slot)
        predict = sandbox.predict

        def meet_others(job: PredictJob) -> Outcome:
            self._running += 1
            self.most = max(self.most, self._running)
            self.meet.wait()
            outcome = predict(job)
            self._running -= 1
            return outcome

        sandbox.predict = meet_others  # type: ignore[method-assign]
        return sandbox
