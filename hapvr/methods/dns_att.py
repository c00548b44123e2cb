"""DnS's fine student with attention."""

from collections.abc import Mapping

from torch import Tensor

from hapvr.methods.pair_learning import LearningRate, Regularisation, distil
from hapvr.methods.published_state import ATTENTION, COMPARATOR, rename
from hapvr.methods.similarity_network import STRIDE, Attention, Comparator, FrameNetwork
from hapvr.training.batches import Batch


class DnSAtt(FrameNetwork):
    """The similarity network with Chamfer at both levels, distilled from a ViSiL without labels.

    Loss: mean |student − teacher| over (weak view, strong view of the same video) and (weak view, most similar view of
    another video; `hardest_negatives`), and `regularisation` (published 0.001) times the sum of what the CNN gives
    outside of [-1, 1]. The released code takes negatives from a list made beforehand, and masks frames of padding:
    here all clips of a batch are equally long. Released script: learning rate 1e-4.

    First weights are Xavier-uniform and biases zero. Videos shorter than 4 frames are repeated. Long ones are compared
    as a whole: the released evaluation cuts the target in pieces and takes the mean of their scores.
    Source: DnS (Kordopatis-Zilos et al. 2022), sections 3.2 and 3.4.
    """

    engine = "frame_matrix"
    learns_from = "views"

    def __init__(self, dims: int, *, regularisation: Regularisation, learning_rate: LearningRate) -> None:
        super().__init__(0.0, 0.0, minimum_frames=STRIDE)
        self.regularisation, self.learning_rate = regularisation, learning_rate
        self.attention = Attention(dims)
        self.comparator_module = Comparator()

    def encode(self, features: Tensor) -> Tensor:
        """Attended features."""
        attended: Tensor = self.attention(features)
        return attended

    def objective(self, batch: Batch, fine: FrameNetwork) -> dict[str, Tensor]:
        """Distillation loss and weighted range penalty; fine: the teacher."""
        return distil(self, fine, batch, regularisation=self.regularisation)


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the released code under our names. Raises ValueError for other weights."""
    return rename(state, [*ATTENTION, *COMPARATOR], {"visil_head.": "comparator_module."})
