"""simple-scaling-laws 0.2.0 on the curves of benchmarks/forecast.py: run by an environment of its own.

    python simple_scaling_laws.py FOLDER

Reads FOLDER/curves.npz (sizes, errors of each repeat, the size that is asked about), writes FOLDER/answers.json: median
and 80 % band by its power law, with the error as a loss and as a metric within 0 and 1 (fitted on the logit scale), 100
bootstrap draws, and the CPU milliseconds of one forecast. A curve that it refuses gives NaN.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

# The folder of this script has its name: what is meant is the library.
sys.path = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
from simple_scaling_laws import fit  # noqa: E402

LAWS = {"pow3": "test_loss__error_rate", "pow3 on logit": "test_metric__error_rate"}
DRAWS = 100
NOTHING = [float("nan")] * 3


def main(folder: Path) -> None:
    with np.load(folder / "curves.npz") as arrays:
        curves = list(zip(arrays["sizes"], arrays["errors"], arrays["at"], strict=True))
    laws = {}
    for name, target in LAWS.items():
        answers, taken, refused = [], [], []
        for sizes, errors, at in curves:
            began = time.process_time()
            try:
                answers.append(forecast(sizes, errors, float(at), target))
                taken.append(time.process_time() - began)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                answers.append(NOTHING)
                refused.append(f"{type(error).__name__}: {error}"[:200])
        laws[name] = {"forecast": answers, "milliseconds": 1000 * float(np.median(taken)), "refused": refused}
        print(name, len(refused), "refused", flush=True)
    versions = {one: version(one) for one in ("simple-scaling-laws", "numpy", "scipy", "polars")}
    (folder / "answers.json").write_text(json.dumps({"laws": laws, "versions": versions}) + "\n", "utf-8")


def forecast(sizes: np.ndarray, errors: np.ndarray, at: float, target: str) -> list[float]:
    """Median, 10 % and 90 % quantile of the error at a size; one run for each repeat of each anchor."""
    repeats = errors.shape[1]
    runs = pl.DataFrame(
        {
            "training_run_id": [f"run{index}" for index in range(errors.size)],
            "test_set_id": ["test"] * errors.size,
            "dataset_size__rows": np.repeat(sizes, repeats),
            target: errors.ravel(),
        }
    )
    model = fit(runs, law="separable-power", n_draws=DRAWS, seed=0)
    points = pl.DataFrame({"point_id": ["later"], "dataset_size__rows": [at]})
    row = model.predict(points, quantiles=[0.1, 0.5, 0.9]).row(0, named=True)
    return [float(row[f"{target}__{name}"]) for name in ("median", "q100", "q900") if f"{target}__{name}" in row]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
