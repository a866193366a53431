"""Every backbone, found by name: shapes, masks, gradients, layers, a graph that says the same, the same seed again."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelyard.core import plugins
from modelyard.core.errors import MAX_LINES
from modelyard.core.ragged import EMPTY

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytestmark = pytest.mark.torch
BACKBONES = plugins.names("backbones")
FRESH = tuple(name for name in BACKBONES if plugins.has_part("backbones", name, "build"))
VOCABULARY, WINDOW = 128, 64
LENGTHS = (5, 1, 9, 2)
every_backbone = pytest.mark.parametrize("name", BACKBONES)
every_fresh = pytest.mark.parametrize("name", FRESH)
Make = Callable[[str], Any]


@pytest.fixture(scope="module")
def make(tiny_encoder: Callable[..., Path]) -> Make:
    """A small backbone of any kind, in evaluation mode, with the same weights every time."""

    @cache
    def made(name: str) -> Any:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            if name in FRESH:
                return built(name).eval()
            return plugins.part("backbones", name, "load").load(tiny_encoder()).eval()

    return made


def built(name: str, **options: Any) -> Any:
    chosen = plugins.part("backbones", name, "options").Options(**{"width": 16, **options})
    return plugins.part("backbones", name, "build").build(VOCABULARY, chosen)


def pieces(width: int = 0, seed: int = 0) -> tuple[Any, Any]:
    """Ids and mask of some pieces; what stands in the padding is drawn, too."""
    known = torch.randint(0, VOCABULARY, (len(LENGTHS), max(LENGTHS)), generator=torch.Generator().manual_seed(7))
    length = max(width, *LENGTHS)
    ids = torch.randint(0, VOCABULARY, (len(LENGTHS), length), generator=torch.Generator().manual_seed(seed))
    mask = torch.arange(length) < torch.tensor(LENGTHS)[:, None]
    ids[:, : max(LENGTHS)] = torch.where(mask[:, : max(LENGTHS)], known, ids[:, : max(LENGTHS)])
    return ids, mask


def test_there_are_some() -> None:
    assert {"cnn", "gru", "hugging_face", "lstm", "transformer"} <= set(BACKBONES)
    assert all(plugins.has_part("backbones", name, "load") for name in set(BACKBONES) - set(FRESH))


@every_backbone
def test_shapes(make: Make, name: str) -> None:
    backbone = make(name)
    with torch.inference_mode():
        hidden = backbone(*pieces())
        single = backbone(torch.tensor([[3]]), torch.tensor([[True]]))
    assert hidden.shape == (len(LENGTHS), max(LENGTHS), backbone.width)
    assert single.shape == (1, 1, backbone.width)
    assert hidden.dtype == torch.float32
    assert isinstance(backbone.width, int)
    assert backbone.vocabulary == VOCABULARY


@every_backbone
def test_padding_changes_nothing(make: Make, name: str) -> None:
    backbone = make(name)
    ids, mask = pieces()
    with torch.inference_mode():
        hidden = backbone(ids, mask)
        other = backbone(*pieces(seed=1))
        wide = backbone(*pieces(width=20))[:, : ids.shape[1]]
    torch.testing.assert_close(other[mask], hidden[mask], atol=1e-6, rtol=0)
    torch.testing.assert_close(wide[mask], hidden[mask], atol=1e-6, rtol=0)


@every_backbone
def test_company_changes_nothing(make: Make, name: str) -> None:
    backbone = make(name)
    ids, mask = pieces()
    with torch.inference_mode():
        together = backbone(ids, mask)
        for row, length in enumerate(LENGTHS):
            alone = backbone(ids[row : row + 1, :length], mask[row : row + 1, :length])
            torch.testing.assert_close(alone[0], together[row, :length], atol=2e-6, rtol=0)


@every_backbone
def test_words_and_their_order_change_something(make: Make, name: str) -> None:
    backbone = make(name)
    mask = torch.ones(1, 4, dtype=torch.bool)
    with torch.inference_mode():
        asked = [backbone(torch.tensor([row]), mask).mean(dim=1) for row in ([1, 2, 3, 4], [1, 2, 9, 4], [4, 3, 2, 1])]
    assert not torch.allclose(asked[0], asked[1], atol=1e-5)
    assert not torch.allclose(asked[0], asked[2], atol=1e-5)


@every_backbone
def test_gradients_reach_every_parameter(make: Make, name: str) -> None:
    backbone = make(name)
    backbone.zero_grad()
    every = torch.arange(VOCABULARY).repeat(2).reshape(-1, 32)
    hidden = backbone(every, torch.ones(every.shape, dtype=torch.bool))
    (hidden * torch.linspace(-1, 1, hidden.numel()).reshape(hidden.shape)).sum().backward()
    for key, parameter in backbone.named_parameters():
        assert parameter.grad is not None, key
        assert torch.isfinite(parameter.grad).all(), key
    assert any(parameter.grad.abs().sum() > 0 for parameter in backbone.parameters())
    backbone.zero_grad()


@every_backbone
def test_layers_hold_every_parameter_once(make: Make, name: str) -> None:
    backbone = make(name)
    layers = backbone.layers()
    held = [id(parameter) for layer in layers for parameter in layer.parameters()]
    assert len(layers) >= 2
    assert sorted(held) == sorted(id(parameter) for parameter in backbone.parameters())
    below = [parameter for parameter in layers[0].parameters() if VOCABULARY in parameter.shape]
    assert below, "what reads ids is at the bottom"


@every_backbone
@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_pooled_rows_without_tokens(make: Make, name: str, pooling: Any) -> None:
    from modelyard.backbones.pooling import Pooled

    ids = torch.tensor([[[5, 6], [7, EMPTY]], [[EMPTY, EMPTY], [EMPTY, EMPTY]], [[8, EMPTY], [EMPTY, EMPTY]]])
    with torch.inference_mode():
        found = Pooled(make(name), pooling).eval()(ids)
    assert torch.isfinite(found).all()
    assert not found[1].any()


@every_backbone
def test_the_graph_says_the_same(make: Make, name: str) -> None:
    pytest.importorskip("onnxscript")
    from onnxruntime import InferenceSession

    from modelyard.backbones import graphs
    from modelyard.backbones.pooling import Pooled

    network = Pooled(make(name), "mean").eval()
    session = InferenceSession(graphs.of_network(network, VOCABULARY, WINDOW, "vector").SerializeToString())
    for shape in ((1, 1, 2), (3, 4, 5), (2, 1, 40)):
        ids = np.random.default_rng(1).integers(0, VOCABULARY, shape)
        ids[0, -1, 1:] = EMPTY
        with torch.inference_mode():
            expected = network(torch.from_numpy(ids)).numpy()
        np.testing.assert_allclose(session.run(None, {"ids": ids})[0], expected, atol=1e-5, rtol=1e-5)


@every_backbone
def test_dropout_is_for_training_alone(make: Make, name: str) -> None:
    backbone, (ids, mask) = make(name), pieces()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.testing.assert_close(backbone(ids, mask), backbone(ids, mask), atol=0, rtol=0)
        backbone.train()
        try:
            assert not torch.equal(backbone(ids, mask)[mask], backbone(ids, mask)[mask])
        finally:
            backbone.eval()


@every_fresh
def test_the_same_seed_builds_the_same(name: str) -> None:
    found = []
    for seed in (1, 1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            found.append(torch.cat([parameter.detach().flatten() for parameter in built(name).parameters()]))
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])


@every_fresh
def test_options_are_light_and_checked(name: str) -> None:
    options = plugins.part("backbones", name, "options").Options
    assert options().width > 0
    assert all(field.description for field in options.model_fields.values())
    with pytest.raises(ValueError, match="Extra inputs") as caught:
        options(unheard_of=1)
    assert len(str(caught.value).splitlines()) <= MAX_LINES


@every_fresh
def test_every_option_changes_something(name: str) -> None:
    other = {"width": 8, "filters": 3, "spans": (2,), "layers": 3, "heads": 2, "dropout": 0.4}

    def looks(**options: Any) -> str:
        backbone = built(name, **options)
        return (
            f"{[tuple(parameter.shape) for parameter in backbone.parameters()]} {backbone} {backbone(*pieces()).shape}"
        )

    for option in plugins.part("backbones", name, "options").Options.model_fields:
        if option == "heads":
            with torch.random.fork_rng(devices=[]), torch.inference_mode():
                torch.manual_seed(0)
                one = built(name).eval()
                more = built(name, heads=2).eval()
                more.load_state_dict(one.state_dict())
                assert not torch.allclose(one(*pieces()), more(*pieces()), atol=1e-6)
        else:
            assert looks(**{option: other[option]}) != looks(), option
