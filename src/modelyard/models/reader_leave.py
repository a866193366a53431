"""How trained readers leave the house: each encoder as a checkpoint folder that `transformers` reads.

Where the model is no more than a linear layer upon the first token of one text, the folder classifies, too. What else
stands between encoders and answers lies beside them: `reader.json` and `reader.safetensors`. `README.md` says which.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from modelyard.core import plugins
from modelyard.core.messages import text
from modelyard.core.protocols import Feature
from modelyard.models import reader_files
from modelyard.models.reader_files import FACTS, WEIGHTS, place_of
from modelyard.models.text_encoders import CHECKPOINT

README = "README.md"


def leave(folders: Sequence[Path], features: Sequence[Feature], to: Path) -> None:
    """Write the readers of all folds; their mean is what answers.

    Args:
        folders: The folds' checkpoints.
        features: Of the table.
        to: Takes the files, of several folds in `fold-1` and so on, of several encoders in `encoder-0` and so on.
    """
    for number, folder in enumerate(folders, start=1):
        place = to if len(folders) == 1 else to / f"fold-{number}"
        place.mkdir(parents=True, exist_ok=True)
        facts = json.loads((folder / FACTS).read_text("utf-8"))
        classifies = _classifies(folder, facts, place)
        if not classifies:
            count = len(facts["encoders"])
            for encoder in range(count):
                target = place if count == 1 else place_of(place, encoder)
                shutil.copytree(place_of(folder, encoder), target, dirs_exist_ok=True)
        if any(one["plugin"] == CHECKPOINT for one in facts["encoders"]):
            said = text("methods.left_classifier" if classifies else "methods.left_encoder")
            (place / README).write_text(said + "\n", "utf-8")
        for name in (FACTS, WEIGHTS):
            shutil.copyfile(folder / name, place / name)


def _classifies(folder: Path, facts: dict[str, Any], place: Path) -> bool:
    """Whether a checkpoint with a head could be written; then it is."""
    shape = facts["shape"]
    column = shape["columns"][0]
    alone = len(shape["columns"]) == 1 and not shape["table"] and column["pooling"] == "cls" and not column["frozen"]
    if not alone or not facts["labels"] or facts["encoders"][0]["plugin"] != CHECKPOINT:
        return False
    model = reader_files.load(folder).model
    room = plugins.part("backbones", CHECKPOINT, "classifier")
    if not room.can_hold(model.backbones[0]):
        return False
    weight, bias = model.head.weight.detach(), model.head.bias.detach()
    if len(bias) == 1:  # the log-odds of the second class
        weight, bias = torch.cat([torch.zeros_like(weight), weight]), torch.cat([torch.zeros_like(bias), bias])
    room.write(model.backbones[0], weight, bias, facts["labels"], place, place_of(folder, 0))
    return True
