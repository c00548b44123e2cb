"""Weights under published names, put under ours."""

from collections.abc import Iterable, Mapping

from torch import Tensor

ATTENTION = ["attention.transform.weight", "attention.transform.bias", "attention.context_vector.weight"]
COMPARATOR = [
    f"comparator_module.{layer}.{part}" for layer in ("conv1", "conv2", "conv3", "fconv") for part in ("weight", "bias")
]


def rename(state: Mapping[str, Tensor], names: Iterable[str], prefixes: Mapping[str, str]) -> dict[str, Tensor]:
    """A published state under our names.

    names: ours, all of them. prefixes: how published names begin → what stands there in ours.
    Raises ValueError naming, as we call it, what is missing and what is there besides.
    """
    renamed = {}
    for name, tensor in state.items():
        old = next((prefix for prefix in prefixes if name.startswith(prefix)), "")
        renamed[prefixes.get(old, "") + name.removeprefix(old)] = tensor
    wanted = set(names)
    missing, unexpected = sorted(wanted - renamed.keys()), sorted(renamed.keys() - wanted)
    if missing or unexpected:
        raise ValueError(
            f"missing {', '.join(missing) or 'nothing'}; unexpected "
            f"{', '.join(unexpected) or 'nothing'}; expected {', '.join(sorted(wanted))}"
        )
    return renamed
