"""A script's error says what the sandbox does not have: told from real errors of real libraries."""

import errno
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tfprep.sandbox.worker.script_advice import advise


def raised(code: str, **names: object) -> BaseException:
    """What this code raises."""
    try:
        exec(code, dict(names))
    except Exception as error:  # noqa: BLE001 - that is what is asked for
        return error
    raise AssertionError("It raised nothing.")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose resolver answers as in a container without a network."""

    def refuse(*arguments: object, **named: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize(
    "code",
    [
        "import urllib.request; urllib.request.urlopen('https://example.org/mnist.npz')",
        "import requests; requests.get('https://example.org/mnist.npz')",
        "import pandas; pandas.read_csv('https://example.org/auto.csv')",
        "import http.client; http.client.HTTPSConnection('example.org').request('GET', '/')",
    ],
)
def test_a_download_without_a_network_is_told_to_use_the_data(tmp_path: Path, code: str) -> None:
    assert advise(raised(code), tmp_path).startswith("There is no network: use data/.")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENETUNREACH, "Network is unreachable"),
        RuntimeError("UNAVAILABLE: Error executing an HTTP request: Couldn't resolve host name"),
        NotADirectoryError(errno.ENOTDIR, "Not a directory", "/dev/null/datasets"),
        ModuleNotFoundError("No module named 'tensorflow_datasets'", name="tensorflow_datasets"),
        urllib.error.URLError("[Errno 8] nodename nor servname provided, or not known"),
    ],
)
def test_a_missing_network_is_known_by_any_librarys_words(tmp_path: Path, error: BaseException) -> None:
    assert "There is no network" in advise(error, tmp_path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("from google.colab import drive", "no Google Drive here"),
        ("open('/content/drive/MyDrive/mymodel.h5', 'wb')", "no Google Drive here"),
        ("import h5py; h5py.File('/content/drive/MyDrive/mymodel.h5', 'w')", "no Google Drive here"),
        ("import copy, sys; copy.deepcopy({'layer': sys})", 'model.save("mymodel.keras")'),
        ("import my_own_helpers", "no module 'my_own_helpers'"),
        ("get_ipython().getoutput('ls')", "notebooks only"),
        ("raise EOFError('EOF when reading a line')", "in place of input()"),
        ("open('train.csv')", "Here it is data/train.csv."),
        ("open('/kaggle/input/cars/train.csv')", "Here it is data/train.csv."),
        ("open('elsewhere.csv')", "in data/"),
    ],
)
def test_what_is_missing_here_is_told_with_what_is_there(tmp_path: Path, code: str, said: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_text("a\n1\n", "utf-8")
    assert said in advise(raised(code), tmp_path)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_may_not_be_written_is_told_where_to_write(tmp_path: Path, number: int) -> None:
    assert 'model.save("mymodel.h5")' in advise(OSError(number, "No", "/srv/mymodel.h5"), tmp_path)


@pytest.mark.parametrize(
    "make",
    [
        lambda: raised("1 / 0"),
        lambda: raised("int('content')"),
        lambda: raised("undefined"),
        lambda: ValueError("the contents of /contents/ are odd"),
    ],
)
def test_an_error_of_the_scripts_own_gets_no_advice(
    tmp_path: Path, make: Callable[[], BaseException]
) -> None:
    assert not advise(make(), tmp_path)
