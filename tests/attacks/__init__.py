"""Attacks on the grader, each of which must fail. Every test asserts three things: the attacker's own verdict
and its reason; that an honest submission, graded at the same time in another worker and right after in the
same one, gets its right score; and that the pool of workers goes on (`attacked_grader.py`).

Whatever can be tried against a plain subprocess is tried there as well. What only a container stops, because
a subprocess runs as its user:

    - fork and thread bombs, where that user is root: the kernel does not count root's processes
    - the network, the engine's socket, the cloud's metadata address
    - reading and writing what that user may: other people's files, the worker's code, the hidden labels, the
      inputs that a warm worker keeps, files in the shared temporary folder
    - killing or tracing the worker (it then counts as lost: our fault, and the next job gets a fresh one)

So a subprocess grades its user's own work only.
"""
