import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from hapvr.similarity import region_similarity
from hapvr.similarity.topk_chamfer import topk_chamfer

pytest.importorskip("triton")

from hapvr.similarity import triton_regions

FLOAT, HALF, BRAIN = torch.float32, torch.float16, torch.bfloat16
# regions, query frames, target frames, dimensions, k, dtype
CASES = {
    "as_published": (9, 20, 33, 512, 1, FLOAT),
    "several_tiles_each_way": (9, 31, 150, 128, 1, BRAIN),
    "several_tiles_each_way_float32": (9, 31, 70, 64, 1, FLOAT),
    "float16": (9, 17, 21, 128, 1, HALF),
    "ragged_dimensions": (9, 4, 5, 100, 1, FLOAT),
    "fewer_dimensions_than_a_step": (3, 5, 2, 7, 1, BRAIN),
    "mean_pool": (1, 150, 65, 96, 1, FLOAT),
    "best_two": (9, 20, 70, 64, 2, FLOAT),
    "best_three": (9, 9, 70, 64, 3, BRAIN),
    "best_four": (9, 20, 40, 40, 4, FLOAT),
    "all_regions": (9, 20, 70, 64, 9, FLOAT),
    "all_of_few_regions": (2, 20, 70, 64, 2, HALF),
    "many_regions": (64, 3, 5, 32, 1, FLOAT),
    "one_frame_each": (9, 1, 1, 64, 1, FLOAT),
}
# Triton's interpreter multiplies the bit patterns of bfloat16, which NumPy lacks: they are widened for it.
INTERPRETED = """
import sys
import numpy as np
import torch
import triton.language as tl
from safetensors.torch import load_file, save_file
from triton.runtime.interpreter import InterpreterBuilder, TensorHandle
from hapvr.similarity.triton_regions import _agrees, frame_similarity

create_dot = InterpreterBuilder.create_dot

def widen(handle):
    if handle.dtype.scalar != tl.bfloat16:
        return handle
    return TensorHandle((handle.data.astype(np.uint32) << 16).view(np.float32), tl.float32)

InterpreterBuilder.create_dot = lambda self, a, b, *rest: create_dot(self, widen(a), widen(b), *rest)
results = {}
for name, features in load_file(sys.argv[1]).items():
    case, frames, rate = name.split("/")
    query, target = features[:, : int(frames)], features[:, int(frames) :]
    results[case] = frame_similarity(query, target, float(rate))
results["agrees"] = torch.tensor(_agrees(torch.device("cpu"), torch.float32, 9, 1))
save_file(results, sys.argv[2])
"""


def features_of(regions: int, frames: int, dims: int, dtype: torch.dtype) -> torch.Tensor:
    random = torch.Generator().manual_seed(frames)
    return F.normalize(torch.randn(regions, frames, dims, generator=random), dim=-1).to(dtype)


def in_new_process(code: str, *arguments: Path, **environment: str) -> str:
    """The interpreter has to be chosen before Triton is imported, and for a whole process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    root = Path(__file__).parents[2]
    run = subprocess.run(command, cwd=root, env=os.environ | environment, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def inputs() -> dict[str, tuple[torch.Tensor, int, float]]:
    """Name → region-major features of query and target end to end, frames of the query, rate."""
    made = {
        name: (features_of(regions, frames + columns, dims, dtype), frames, kept / regions)
        for name, (regions, frames, columns, dims, kept, dtype) in CASES.items()
    }
    broken = features_of(9, 14 + 9, 64, FLOAT)
    broken[4, 13], broken[2, 14 + 8] = torch.nan, torch.nan
    by_hand = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.5, 0.25]]])
    return made | {"nan": (broken, 14, 0.1), "nan_best_two": (broken.clone(), 14, 0.2), "by_hand": (by_hand, 1, 0.0)}


@pytest.fixture(scope="module")
def results(inputs, tmp_path_factory) -> dict[str, torch.Tensor]:
    """What the kernel gives for all inputs, run by Triton's interpreter in one process."""
    folder = tmp_path_factory.mktemp("interpreted")
    given, found = folder / "given.safetensors", folder / "found.safetensors"
    save_file({f"{name}/{frames}/{rate}": made for name, (made, frames, rate) in inputs.items()}, given)
    in_new_process(INTERPRETED, given, found, TRITON_INTERPRET="1")
    return load_file(found)


def by_definition(made: torch.Tensor, frames: int, rate: float) -> torch.Tensor:
    query, target = made.float().split((frames, made.shape[1] - frames), 1)
    return topk_chamfer(torch.einsum("rtd,sud->turs", query, target), rate)


@pytest.mark.parametrize("name", [*CASES, "nan", "nan_best_two"])
def test_equals_the_definition(name, inputs, results):
    """Of features in half precision too: their products add up in float32."""
    np.testing.assert_allclose(results[name], by_definition(*inputs[name]), atol=1e-5)


def test_what_is_not_a_number_stays_in_its_frames(results):
    for name in ("nan", "nan_best_two"):
        found = results[name].isnan()
        assert found[13].all()
        assert found[:, 8].all()
        assert not found[:13, :8].any()


def test_best_region_by_hand(results):
    """Query regions (1, 0) and (0, 1), target regions (1, 0) and (½, ¼): the mean of 1 and ¼."""
    assert results["by_hand"].tolist() == [[0.625]]


def test_a_kernel_that_works_passes_its_own_check(results):
    assert results["agrees"]


@pytest.mark.parametrize("failure", ["raises", "differs"])
def test_a_kernel_that_fails_on_a_device_leaves_it_to_torch(failure, monkeypatch):
    def failing(query: torch.Tensor, target: torch.Tensor, rate: float) -> torch.Tensor:
        if failure == "raises":
            raise RuntimeError("no C compiler")
        return region_similarity.frame_similarity(query, target, rate) + 1e-4

    monkeypatch.setattr(triton_regions, "frame_similarity", failing)
    reason = "failed: no C compiler" if failure == "raises" else r"off by 1\.0e-04"
    with pytest.warns(UserWarning, match=f"cpu: region similarity by torch, because Triton's kernel (is )?{reason}"):
        assert not triton_regions._agrees.__wrapped__(torch.device("cpu"), FLOAT, 9, 1)


def test_kernel_runs_by_rule(monkeypatch):
    """Compute capability 8.0, three dtypes, k up to 4 or all regions, and not switched off."""
    capability = [(8, 0)]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability[0])
    monkeypatch.setattr(triton_regions, "_agrees", lambda *case: True)
    query = features_of(9, 2, 16, FLOAT)
    assert [triton_regions.supports(query, kept / 9) for kept in range(1, 10)] == [True] * 4 + [False] * 4 + [True]
    assert triton_regions.supports(query.bfloat16(), 0.1)
    assert not triton_regions.supports(query.double(), 0.1)
    capability[0] = (7, 5)
    assert not triton_regions.supports(query, 0.1)
    capability[0] = (9, 0)
    monkeypatch.setenv("HAPVR_TRITON", "0")
    assert not triton_regions.supports(query, 0.1)


@pytest.mark.parametrize("supported", [True, False])
def test_frame_similarity_uses_the_kernel_where_it_runs(supported, monkeypatch):
    from_kernel = torch.tensor([[2.0]])
    kernel = SimpleNamespace(supports=lambda *case: supported, frame_similarity=lambda *case: from_kernel)
    monkeypatch.setattr(region_similarity, "_triton_regions", lambda device_type: kernel)
    one = torch.ones(1, 1, 1)
    assert region_similarity.frame_similarity(one, one, 1.0).item() == (2.0 if supported else 1.0)


def test_triton_is_not_imported_on_a_cpu():
    code = """
import sys
import torch
from hapvr.similarity.region_similarity import frame_similarity
frame_similarity(torch.ones(1, 1, 1), torch.ones(1, 1, 1), 1.0)
print("triton" in sys.modules)
"""
    assert in_new_process(code).strip() == "False"


def test_features_that_do_not_fit_each_other_are_named():
    expected = r"expected \[R, T, D\] and \[R, T', D\] of one dtype, found \[9, 2, 16\] torch.float32 and \[9, 3, 8\]"
    with pytest.raises(ValueError, match=expected):
        triton_regions.frame_similarity(torch.ones(9, 2, 16), torch.ones(9, 3, 8), 0.1)


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize(("dtype", "kept"), [(BRAIN, 1), (HALF, 4), (FLOAT, 1), (FLOAT, 3)])
def test_compiles_without_a_device_to_exact_products_in_registers(dtype, kept, capability, monkeypatch, tmp_path):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    compiled = compiled_for(capability, dtype, kept)
    matrix_unit = "wgmma.mma_async" if capability == 90 else "mma.sync"
    assert (matrix_unit in compiled.asm["ptx"]) == (dtype != FLOAT)
    assert "tf32" not in compiled.asm["ptx"]
    assert spilled_bytes(compiled.asm["cubin"], tmp_path / "kernel.cubin") <= 16


def compiled_for(capability: int, dtype: torch.dtype, kept: int):
    """The kernel for 9 regions of aligned features, as a launch on a device would compile it."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel, size = triton_regions._best_regions, triton_regions.tiles(dtype, 9, kept)
    constants = dict(zip(kernel.arg_names[10:], (9, kept, True, *size[:3]), strict=True))
    pointer = {FLOAT: "*fp32", HALF: "*fp16", BRAIN: "*bf16"}[dtype]
    types = [pointer, pointer, "*fp32", *["i32"] * 7, *["constexpr"] * len(constants)]
    aligned = {(place,): [["tt.divisibility", 16]] for place in (0, 1, 2, 5, 6, 7, 8, 9)}
    source = ASTSource(kernel, dict(zip(kernel.arg_names, types, strict=True)), constants, aligned)
    options = {"num_warps": size.warps, "num_stages": 3, "enable_fp_fusion": True}
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)


def spilled_bytes(cubin: bytes, file: Path) -> int:
    """Stack of a thread, as cuobjdump (part of Triton) reads it: what did not fit the registers."""
    import triton

    file.write_bytes(cubin)
    tool = triton.knobs.nvidia.cuobjdump.path
    usage = subprocess.run([tool, "-res-usage", file], capture_output=True, text=True, check=True)
    found = re.search(r"STACK:(\d+)", usage.stdout + usage.stderr)
    assert found, usage
    return int(found[1])
