import pytest
import torch

from hapvr.methods.dns_att import DnSAtt, from_published
from hapvr.methods.similarity_network import SimilarityNetwork
from hapvr.methods.visil import ViSiL
from tests.golden.masked import masked_pairs
from tests.golden.numbers import Golden
from tests.methods.pair_batches import DIMS, batch_of, check_steps_of_a_pair, constant_output, learn, learn_twice, unit

LEARNING = {"regularisation": 0.001, "learning_rate": 1e-4}
GOLDEN = Golden("dns_fg_att", "dns_fg_att/")


@pytest.fixture
def published():
    network = DnSAtt(32, **LEARNING)
    network.load_state_dict(from_published(GOLDEN.state()))
    return network


@pytest.fixture
def teacher():
    torch.manual_seed(1)
    return ViSiL(DIMS, False, margin=0.5, regularisation=0.1, learning_rate=1e-5).eval().requires_grad_(False)


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), atol=1e-5, rtol=0)


def test_index_and_similarity_equal_the_published_ones(published):
    videos = [published.index(GOLDEN[f"video{number}"]) for number in range(5)]
    for number, video in enumerate(videos):
        close(video, GOLDEN[f"indexed{number}"])
    scores = torch.stack([torch.stack([published.similarity(a, b) for b in videos]) for a in videos])
    close(scores, GOLDEN["similarity"])


def test_steps_of_one_pair_equal_the_published_ones(published):
    check_steps_of_a_pair(published, GOLDEN)


def test_padded_pairs_whose_masks_cut_no_cell_equal_the_published_ones(published):
    """A length has to be a multiple of 4 or that of the padded batch (12 of queries, 34 of targets)."""
    videos = [published.index(GOLDEN[f"video{number}"]) for number in range(5)]
    close(published.similarity(videos[2], videos[2]), GOLDEN["padded/similarity"][1, 0])
    close(published.similarity(videos[2], videos[4]), GOLDEN["padded/similarity"][1, 2])


def test_training_pass_equals_the_published_one(published):
    similarity, penalty, videos = masked_pairs(published, GOLDEN)
    close(similarity, torch.cat([GOLDEN["train/positive"], GOLDEN["train/negative"]]))
    close(penalty, GOLDEN["train/regularization"])
    distillation = (similarity - GOLDEN["train/teacher"].T.flatten()).abs().mean()
    close(distillation, GOLDEN["train/distillation"])
    loss = distillation + 0.001 * penalty
    close(loss, GOLDEN["train/loss"])
    loss.backward()
    close(videos.grad, GOLDEN["train/grad"])


def test_distance_of_student_and_teacher_equals_the_published_one():
    golden = Golden("visil_f", "losses/l1/")
    student = golden["student"].requires_grad_()
    loss = (student - golden["teacher"]).abs().mean()
    loss.backward()
    close(loss, golden["value"])
    close(student.grad, golden["grad"])


def test_it_is_the_similarity_network_with_chamfer_at_both_levels():
    student, network = DnSAtt(DIMS, **LEARNING), SimilarityNetwork(DIMS, 0, 0, minimum_frames=4)
    network.load_state_dict(student.state_dict())
    query, target = unit(3, 9, DIMS), unit(21, 9, DIMS, seed=1)
    ours, theirs = (method.similarity(method.index(query), method.index(target)) for method in (student, network))
    assert torch.equal(ours, theirs)


def test_objective_by_hand(teacher):
    student = DnSAtt(DIMS, **LEARNING)
    constant_output(student, -1.25)
    constant_output(teacher, 0.5)
    terms = student.objective(batch_of(2, frames=8), fine=teacher)
    assert terms["distillation"].item() == pytest.approx(1.5)
    # a thousandth of: four pairs of 2 × 2 outputs, each a quarter below −1
    assert terms["range_penalty"].item() == pytest.approx(0.001 * 4 * 4 * 0.25)


def test_pairs_of_a_batch_are_compared_as_two_videos_are(teacher):
    student = DnSAtt(DIMS, **LEARNING)
    batch = batch_of(3)
    distillation = student.objective(batch, fine=teacher)["distillation"]
    from hapvr.methods.pair_learning import choose_pairs

    differences = []
    for query, target in zip(*choose_pairs(batch, parts=2), strict=True):
        videos = batch.features[query], batch.features[target]
        of_student, of_teacher = (method.similarity(*map(method.index, videos)) for method in (student, teacher))
        differences.append((of_student - of_teacher).abs())
    torch.testing.assert_close(distillation, torch.stack(differences).mean())


def test_steps_bring_it_nearer_to_its_teacher_and_give_the_same_twice(teacher):
    def run():
        torch.manual_seed(0)
        return learn(DnSAtt(DIMS, **LEARNING), batch_of(3), 12, fine=teacher)

    totals = learn_twice(run)
    assert totals[-1] < 0.7 * totals[0]
    assert all(parameter.grad is None for parameter in teacher.parameters())
