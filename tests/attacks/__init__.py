"""Attacks on the grader, each of which must fail. Every one asserts three things: the attacker's own verdict
and its reason; that a bystander graded alongside, in another worker and in the same one right after, gets the
right score; and that the pool goes on (`range.py`).

Whatever can be tried against a plain subprocess is tried there as well. What only a container stops, because
a subprocess runs as its user:

    - fork and thread bombs, where that user is root: the kernel counts no processes of root's
    - the network, the engine's socket, the cloud's metadata address
    - reading and writing what that user may: other people's files, the worker's code, the hidden answers, the
      questions that a warm worker keeps, files in the shared temporary folder
    - killing or tracing the worker (it then counts as lost: our fault, and the next job gets a fresh one)

So a subprocess grades its user's own work only.
"""
