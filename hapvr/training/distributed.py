"""The processes that train together: one alone, or as many as the stage, `torchrun` or `accelerate launch` started."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """This process among those that train together.

    number: from 0; process 0 is the main one, which alone writes files and shows progress. count: of all processes.
    device: where this one computes. Every process has to make the same calls in the same order.
    """

    number: int
    count: int
    device: torch.device

    @classmethod
    def join(cls) -> "Processes":
        """This process and those started with it; each takes a CUDA device of its own if there are any."""
        # Imported late: the module is imported where nothing is trained, too.
        from accelerate import PartialState

        state = PartialState(cpu=not torch.cuda.is_available())
        return cls(state.process_index, state.num_processes, state.device)

    @property
    def main(self) -> bool:
        return self.number == 0

    def mean(self, values: Tensor) -> Tensor:
        """Mean of a tensor over all processes; itself if there is but one."""
        if self.count == 1:
            return values
        from accelerate.utils import reduce

        mean: Tensor = reduce(values, "mean")
        return mean

    def join_tensors(self, values: Tensor) -> Tensor:
        """Tensors of one shape, those of process 0 first, joined along their first axis; no gradient flows."""
        if self.count == 1:
            return values
        from accelerate.utils import gather

        everything: Tensor = gather(values.contiguous())
        return everything

    def texts(self, text: str) -> list[str]:
        """One text of each process, by its number."""
        if self.count == 1:
            return [text]
        content = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8).to(self.device)
        sizes = self.join_tensors(torch.tensor([len(content)], device=self.device)).tolist()
        padded = content.new_zeros(max(sizes))
        padded[: len(content)] = content
        rows = self.join_tensors(padded[None]).cpu()
        return [bytes(row[:size].tolist()).decode() for row, size in zip(rows, sizes, strict=True)]

    def from_main(self, content: bytes) -> bytes:
        """What the main process gives, in every process."""
        if self.count == 1:
            return content
        from accelerate.utils import broadcast

        size = broadcast(torch.tensor([len(content)], device=self.device))
        values = torch.zeros(int(size), dtype=torch.uint8, device=self.device)
        if self.main and content:
            values = torch.frombuffer(bytearray(content), dtype=torch.uint8).to(self.device)
        return bytes(broadcast(values).cpu().numpy())

    def mean_gradients(self, network: nn.Module) -> None:
        """Puts the mean of every process's gradients in the place of its own."""
        # One message: the network is small, and waiting for many small ones would take longer than sending them.
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        if self.count == 1 or not gradients:
            return
        means = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, mean in zip(gradients, means.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def share_buffers(self, network: nn.Module) -> None:
        """Gives every process the main one's buffers, as DistributedDataParallel does: what a network learns beside its
        parameters, such as running means or a memory of earlier batches, follows from the batches of one process."""
        if self.count == 1:
            return
        from accelerate.utils import broadcast

        for buffer in network.buffers():
            buffer.copy_(broadcast(buffer))

    def names(self, names: Sequence[str]) -> list[str]:
        """Names of every process in one list, sorted, each once."""
        return sorted({name for text in self.texts(json.dumps(list(names))) for name in json.loads(text)})

    def leave(self) -> None:
        """Waits for all others and parts from them, at the very end."""
        if self.count == 1:
            return
        from accelerate import PartialState

        PartialState().wait_for_everyone()
        PartialState().destroy_process_group()
