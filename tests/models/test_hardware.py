"""What a model is trained on."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from modelyard.core import messages
from modelyard.core.errors import MAX_LINES, InstallError
from modelyard.models import hardware
from modelyard.models.hardware import CPU, Device, Hardware

pytestmark = pytest.mark.torch
BF16 = Hardware(torch.device("cpu"), bf16=True)
HAS_GPU = torch.cuda.is_available()


def pretend(monkeypatch: pytest.MonkeyPatch, gpu: bool = False, **capabilities: bool) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: gpu)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)


@pytest.mark.parametrize(
    ("device", "gpu", "found"),
    [("auto", True, "cuda"), ("auto", False, "cpu"), ("cpu", True, "cpu"), ("cuda", True, "cuda")],
)
def test_the_device(device: Device, gpu: bool, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, gpu)
    assert hardware.find(device, "full") == Hardware(torch.device(found), bf16=False)


@pytest.mark.parametrize(("language", "said"), [("en", "no CUDA GPU"), ("zh", "没有")])
def test_no_gpu(language: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch)
    messages.use(language)
    try:
        with pytest.raises(InstallError, match=said) as caught:
            hardware.find("cuda", "auto")
    finally:
        messages.use(None)
    (mistake,) = caught.value.mistakes
    assert mistake.place == "device: cuda" and mistake.fix == "device: auto"
    assert len(str(caught.value).splitlines()) <= MAX_LINES


def test_precision_where_it_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, avx512_bf16=True)
    assert hardware.find("cpu", "auto").bf16 and not hardware.find("cpu", "full").bf16
    pretend(monkeypatch, amx_bf16=True)
    assert hardware.find("cpu", "auto").bf16
    pretend(monkeypatch, avx2=True, avx512_bf16=False)
    assert not hardware.find("cpu", "auto").bf16 and hardware.find("cpu", "bf16").bf16
    pretend(monkeypatch, gpu=True)
    assert hardware.find("auto", "auto").bf16


def test_versions_that_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not hardware.has_fast_bf16(torch.device("cpu"))


def test_bf16_is_close_and_answers_float32() -> None:
    torch.manual_seed(0)
    model, x = nn.Linear(64, 8), torch.randn(16, 64)
    full, half = CPU.scores(model, x), BF16.scores(model, x)
    assert full.dtype == half.dtype == torch.float32
    assert not torch.equal(full, half)
    torch.testing.assert_close(full, half, atol=0.03, rtol=0.03)


def test_full_precision_leaves_double_as_it_is() -> None:
    assert CPU.scores(nn.Linear(2, 1).double(), torch.ones(3, 2).double()).dtype == torch.float64


def test_gradients_and_weights_stay_float32() -> None:
    model = nn.Linear(8, 2)
    BF16.scores(model, torch.ones(4, 8)).sum().backward()  # type: ignore[no-untyped-call]
    gradient = model.weight.grad
    assert gradient is not None
    assert gradient.dtype == model.weight.dtype == torch.float32


def test_the_random_state_comes_back() -> None:
    with torch.random.fork_rng(devices=[]):
        state = CPU.random_state()
        first = torch.rand(4)
        CPU.set_random_state(state)
        assert torch.equal(torch.rand(4), first)
    assert set(state) == {"cpu"}


@pytest.mark.skipif(not HAS_GPU, reason="there is no GPU")
def test_a_gpu_trains() -> None:
    there = hardware.find("cuda", "auto")
    model = nn.Linear(3, 1).to(there.device)
    assert there.scores(model, torch.ones(2, 3)).device.type == "cuda"
    assert set(there.random_state()) == {"cpu", "cuda"}
