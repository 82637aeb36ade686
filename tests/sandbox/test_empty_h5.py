"""What Keras leaves when it cannot save a layer as .h5 is told by its cause, with what can be saved."""

from pathlib import Path

import h5py
import pytest

from tfprep.sandbox.worker.inspection import inspect_h5
from tfprep.sandbox.worker.reply import Refused


def test_a_file_that_saving_left_empty_is_told_to_be_saved_as_keras(tmp_path: Path) -> None:
    h5py.File(tmp_path / "mymodel.h5", "w").close()
    with pytest.raises(Refused, match="RandomBrightness") as refused:
        inspect_h5(tmp_path / "mymodel.h5", 2**30)
    assert refused.value.code == "not_a_model"
    assert 'model.save("mymodel.keras")' in refused.value.message


def test_a_file_with_other_things_in_it_is_no_failed_save(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["x"] = [1, 2, 3]
    with pytest.raises(Refused, match="holds no Keras model"):
        inspect_h5(tmp_path / "data.h5", 2**30)
