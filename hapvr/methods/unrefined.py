"""Frame-to-frame matrices that are pooled as they are: what the methods without a CNN have in common."""

from torch import Tensor, nn


class UnrefinedMatrix(nn.Module):
    """Every output of the matrix is one pair of frames, of regions or of clips."""

    engine = "frame_matrix"
    stride = 1
    halo = 0
    bytes_per_frame_pair = 0

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """Frame-to-frame similarity [N, T, T'] as it is."""
        return frame_similarity
