"""Small whole files of each kind, and bytes that mean something in one of them."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from tfprep.classroom.signing import sign
from tfprep.sandbox.protocol.contract import DESCRIBED
from tfprep.sandbox.protocol.frames import pack_frame

from ..exams.forged import notes_of, plain_of, rules_for
from ..grader.model_files import H5, SAVED_MODEL, SCRIPT, tar_entry, tarred, zipped

KEY = bytes(range(32))
SIGNED = (Path(__file__).parents[1] / "exams" / "signed_result.json").read_bytes()
CSV = b'id,name,email\nzoe,"M\xc3\xbcller, J\xc3\xbcrgen",zoe@example.org\nada,,\n'
MANIFEST = b"learner,problem,path,when\nada,problem3,homework/final.h5,2026-11-27 10:00\n-,,notes/old.h5,\n"
CANVAS = (
    b"Student,ID,SIS User ID,SIS Login ID,Section,Homework (881),Current Score\n,,,,,Manual Posting,\n"
    b'    Points Possible,,,,,10,(read only)\n"Lovelace, Ada",4711,s1,ada@example.org,Section A,3,90\n'
)
RULES = (
    b'[cohort]\nname = "Autumn"\nproblems = ["1", "2"]\nattempts = "best"\n[deadline]\n'
    b'all = 2026-12-01T23:59:00+01:00\n[late]\nper_day = 10\n[[problem]]\nname = "problem1"\n'
)
WORKSPACE = b'problem = "problem2"\ndata_source = "package"\nfingerprint = "0123"\n'
GRADESCOPE = (
    b"submission_123:\n  :submitters:\n  - :name: Ada Lovelace\n    :sid: '4711'\n"
    b"    :email: ada@example.org\n"
    b"  :created_at: 2026-11-27 10:00:00.000000000 Z\n"
)
PATHS = [
    b"Lovelace Ada_4711_assignsubmission_file_/mymodel.h5",
    b"lovelaceada_LATE_4711_99_mymodel-2.h5",
    b"123-456 - Ada Lovelace - Nov 27, 2026 1030 AM - mymodel.h5",
    b"Homework 1_ada_attempt_2026-11-27-10-30-00_mymodel.h5",
    b"Submitted files/Ada Lovelace/Homework/Version 2/mymodel.h5",
    b"submission_123/mymodel.h5",
]
PRINTED = (
    b"Epoch 1/2\n 10/100 [==>...] - ETA: 3s - loss: 0.5 - accuracy: 0.9\x08\x08\r\n"
    b"100/100 \x1b[1m3s\x1b[0m 20ms/step - accuracy: 0.9000 - loss: 0.5000 - val_loss: 1e-05\nEpoch 2/2\n"
)


def _pictures() -> list[bytes]:
    made = []
    for form, mode in (("PNG", "RGB"), ("JPEG", "L"), ("GIF", "P"), ("BMP", "RGB"), ("PNG", "I;16")):
        packed = io.BytesIO()
        Image.new(mode, (9, 7)).save(packed, form)
        made.append(packed.getvalue())
    return made


def _numpy() -> bytes:
    packed = io.BytesIO()
    np.save(packed, np.zeros((3, 1), np.float32))
    return packed.getvalue()


def _event(tag: bytes, value: bytes) -> bytes:
    """An event with one scalar, in the words of protocol buffers."""
    scalar = b"\x0a" + bytes([len(tag)]) + tag + value
    summary = b"\x0a" + bytes([len(scalar)]) + scalar
    return b"\x09" + struct.pack("<d", 1.0) + b"\x10\x01\x2a" + bytes([len(summary)]) + summary


KERAS = zipped({"metadata.json": b"{}", "config.json": b"{}", "model.weights.h5": H5})
MODELS = [
    H5,
    KERAS,
    SCRIPT,
    b"",
    zipped(SAVED_MODEL),
    zipped(SAVED_MODEL, "m/", zipfile.ZIP_STORED),
    zipped({"inner.zip": KERAS}),
    tarred(SAVED_MODEL),
    tarred(SAVED_MODEL, mode="w"),
    tarred(SAVED_MODEL, "a" * 150 + "/", mode="w"),
    tar_entry(type=tarfile.GNUTYPE_SPARSE),
    tar_entry(type=tarfile.XHDTYPE, size=512),
    gzip.compress(H5),
    b"# coding: latin-1\nimport os\nx = 1\n!pip install x\n%matplotlib inline\nget_ipython().system('ls')\n",
    "import os\n".encode("utf-16"),
    json.dumps({"cells": [], "nbformat": 4}).encode(),
]
BETWEEN = b"\0\0"
"""Between a header and its payload."""
_FACTS = {"layers": ["Dense"], "parameters": 10}
_SAVED = _numpy()
_PREDICTED = {"reply": "predicted", "sizes": [len(_SAVED)], "load": 1.0, "predict": 0.5}
REPLIES = [
    pack_frame({"reply": DESCRIBED, "facts": _FACTS, "row_counts": [3]}) + pack_frame(_PREDICTED, _SAVED),
    pack_frame(_PREDICTED, _SAVED),
    pack_frame({"reply": "refused", "code": "input_shape", "message": "Expected (n, 28).", "found": "x"}),
    pack_frame({"reply": "raised", "message": "x"}),
    json.dumps(_PREDICTED).encode() + BETWEEN + _SAVED,
    b'{"reply": "refused", "code": "input_shape", "message": "Expected (n, 28).", "found": "x"}',
]
HISTORY = json.dumps({"history": {"loss": [0.5, 0.4], "accuracy": [1, None]}}).encode()
LOG = b"epoch,accuracy,loss\n0,0.5,1.0\n1,0.75,nan\n"
RESULT = [
    SIGNED,
    sign("exam-certificate", {"learner": "ada", "total": 92.5, "problems": [{"score": 5}]}, KEY),
]
HAND_IN = plain_of(notes_of(rules_for("ada", KEY), b"a model", KEY), b"a model", KEY)
"""What is sealed in one."""
PICTURES = _pictures()
EVENTS = [
    _event(b"epoch_loss", b"\x15" + struct.pack("<f", 0.5)),
    _event(b"epoch_loss", b"\x42\x0a\x08\x01\x12\x00\x2a\x04" + struct.pack("<f", 0.5)),
    _event(b"big", b"\x42\x0c\x08\x01\x12\x06\x12\x04\x08\x80\x80\x40\x22\x00"),
]

TOKENS = (
    *(
        b"\0",
        b"\xff" * 4,
        b"\xff" * 8,
        b"\x7f\xff\xff\xff",
        b"\0\0\0\x80",
        b"\n",
        b"\r",
        b'"',
        b",",
        b";",
        b"\\",
    ),
    *(
        b"PK\x01\x02",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"PK\x06\x06",
        b"PK\x06\x07",
        b"\x1f\x8b\x08\x1c",
        b"ustar",
    ),
    *(b"../", b"/", b"C:\\", b"\x1b[2J", "\u202e".encode(), "e\u0301".encode(), b"\xed\xa0\x80", b"\xf0\x9f"),
    *(
        b"GNU.sparse.major=1\n",
        b"30 GNU.sparse.map=1,1\n",
        b"22 hdrcharset=BINARY\n",
        b"99999999999999999999",
    ),
    *(b"[" * 500, b"{" * 500, b'{"a":' * 200, b"1e999", b"-0", b"NaN", b"null", b"true", b"1" * 5000, b"'''"),
    *(
        b"import ",
        b"import os\n",
        b"# coding: zip\n",
        b"(" * 300,
        b"if 1:\n ",
        b"%%time\n",
        b"!x\n",
        b"lambda ",
    ),
    *(b"=cmd()", b"@", b"sep=;", b"epoch", b"  - :name: x", b":", b"#", b"[a]\n", b"[[a]]\n", b"a.b.c = 1\n"),
    *(b"\x89HDF\r\n\x1a\n", b"\x89PNG", b"\xff\xd8\xff", b"IHDR", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff"),
)
