"""AutoGluon-Multimodal on SST-2 with the same local encoder: run by the interpreter of an environment of its own.

    python autogluon_text.py ENCODER_FOLDER OUT.json [SECONDS]

Reads the data mirror (MODELYARD_DATA). Writes accuracy on the test rows, wall time of fit and prediction, versions.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd


def main(encoder: str, out: Path, seconds: float | None) -> None:
    """Fit with the preset's own settings, but for the encoder and the processor."""
    from autogluon.multimodal import MultiModalPredictor

    folder = Path(os.environ.get("MODELYARD_DATA", Path(__file__).parents[3] / "shared/data")) / "sst2"
    train, dev, test = (rows(folder / f"{name}.tsv") for name in ("train", "dev", "test"))
    settings = {"model.names": ["hf_text"], "model.hf_text.checkpoint_name": encoder, "env.num_gpus": 0}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        predictor = MultiModalPredictor(label="positive", path=f"{scratch}/model", eval_metric="accuracy")
        predictor.fit(train, tuning_data=dev, hyperparameters=settings, time_limit=seconds)
        fitted = time.monotonic() - began
        accuracy = float((predictor.predict(test.drop(columns="positive")) == test["positive"]).mean())
    found = {
        "accuracy": accuracy,
        "fit_seconds": round(fitted, 1),
        "seconds": round(time.monotonic() - began, 1),
        "versions": {name: version(name) for name in ("autogluon.multimodal", "torch", "transformers")},
    }
    out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found))


def rows(path: Path) -> pd.DataFrame:
    """Sentences and labels."""
    lines = [line.rsplit("\t", 1) for line in path.read_text("utf-8").splitlines()]
    return pd.DataFrame(lines, columns=["sentence", "positive"])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else None)
