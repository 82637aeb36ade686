"""The mock exam and mentors' exams: one session under the clock, and one honest result.

service.py        starts an exam, admits submissions, gives lost time back, ends the exam in time
grading.py        grades what is submitted, all in one sandbox
request.py        what an exam is started from
running_exams.py  the machine's clocks, and the file by which every command knows whether an exam is over
result.py         points, and what would have made the difference
config.py         a mentor's rules for one learner, signed
exam_pack.py      what a mentor hands out; variant.py draws each learner's own hidden test set
collect.py        checks the results of a cohort

Nothing is imported here: every command asks whether an exam is over, and that must stay cheap.
"""
