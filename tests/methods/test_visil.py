import pytest
import torch

from hapvr.losses.range_penalty import RangePenalty
from hapvr.methods.chamfer import Chamfer
from hapvr.methods.visil import ViSiL, from_published, triplet_loss
from tests.golden.numbers import Golden
from tests.methods.pair_batches import DIMS, batch_of, check_steps_of_a_pair, constant_output, learn, learn_twice, unit

LEARNING = {"margin": 0.5, "regularisation": 0.1, "learning_rate": 1e-5}


@pytest.fixture(params=["visil", "visil_symmetric"])
def case(request):
    """Golden numbers, and the network with their weights."""
    golden = Golden(request.param, f"{request.param}/")
    network = ViSiL(32, request.param == "visil_symmetric", **LEARNING)
    network.load_state_dict(from_published(golden.state()))
    return golden, network


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs.reshape(ours.shape), atol=1e-5, rtol=0)


def test_index_equals_the_published_one(case):
    golden, network = case
    for number in range(5):
        close(network.index(golden[f"video{number}"]), golden[f"indexed{number}"])


def test_similarity_equals_the_published_one(case):
    golden, network = case
    videos = [golden[f"indexed{number}"] for number in range(5)]
    close(torch.stack([torch.stack([network.similarity(a, b) for b in videos]) for a in videos]), golden["similarity"])


def test_steps_of_one_pair_equal_the_published_ones(case):
    golden, network = case
    check_steps_of_a_pair(network, golden)


def test_similarity_and_gradient_of_a_batch_of_pairs_equal_the_published_ones(case):
    golden, network = case
    query = golden["batch/query"].requires_grad_()
    similarity, _ = network.compare_pairs(network.encode(query), network.encode(golden["batch/target"]))
    close(similarity, golden["batch/similarity"])
    similarity.sum().backward()
    close(query.grad, golden["batch/grad_query"])


def test_chamfer_of_features_equals_the_published_one_without_its_minimum_of_frames():
    """Chamfer is the mean over query frames of the best target frame: frames that stand twice change neither."""
    golden, method = Golden("visil_f", "visil_f/"), Chamfer(0, 0)
    videos = [golden[f"video{number}"] for number in range(5)]
    assert len(videos[0]) == 3
    assert len(golden["indexed0"]) == 6
    close(torch.stack([torch.stack([method.similarity(a, b) for b in videos]) for a in videos]), golden["similarity"])
    close(method.frame_similarity(videos[2], videos[3]), golden["frame_similarity_2_3"])
    query = golden["batch/query"].requires_grad_()
    pairs = zip(query, golden["batch/target"], strict=True)
    similarity = torch.stack([method.similarity(*pair) for pair in pairs])
    close(similarity, golden["batch/similarity"])
    similarity.sum().backward()
    close(query.grad, golden["batch/grad_query"])


@pytest.mark.parametrize("margin", [1.0, 0.5, 0.2])
def test_triplet_loss_equals_the_published_one(margin):
    golden = Golden("visil_f", "losses/triplet/")
    positive, negative = golden["positive"].requires_grad_(), golden["negative"].requires_grad_()
    loss = triplet_loss(positive, negative, margin)
    loss.backward()
    close(loss, golden[f"similarity/gamma{margin}/value"])
    close(positive.grad, golden[f"similarity/gamma{margin}/grad_positive"])
    close(negative.grad, golden[f"similarity/gamma{margin}/grad_negative"])


def test_regularisation_equals_the_published_one():
    golden = Golden("visil_f", "losses/regularization/")
    output = golden["input"].requires_grad_()
    penalty = RangePenalty()(output)
    penalty.backward()
    close(penalty, golden["value"])
    close(output.grad, golden["grad"])


def test_length_of_the_context_vector_has_no_effect():
    network = ViSiL(DIMS, False, **LEARNING)
    video = unit(5, 9, DIMS)
    before = network.index(video)
    network.attention.context_vector.weight.data *= 3
    torch.testing.assert_close(network.index(video), before)


def test_a_region_against_the_context_vector_is_left_out_by_hand():
    network = ViSiL(2, False, **LEARNING)
    network.attention.context_vector.weight.data = torch.tensor([[2.0, 0.0]])
    video = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])[:, None].repeat(2, 1, 1)
    torch.testing.assert_close(network.index(video)[:3, 0], torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.5]]))


def test_symmetric_chamfers_around_a_symmetric_network_do_not_care_which_is_the_query():
    torch.manual_seed(0)
    both, one = ViSiL(DIMS, True, **LEARNING), ViSiL(DIMS, False, **LEARNING)
    for network in (both, one):
        layers = network.comparator_module
        for layer in (layers.conv1, layers.conv2, layers.conv3):
            layer.weight.data = (layer.weight.data + layer.weight.data.mT) / 2
    query, target = (both.index(unit(frames, 9, DIMS, seed=frames)) for frames in (9, 13))
    torch.testing.assert_close(both.similarity(query, target), both.similarity(target, query))
    assert not torch.isclose(one.similarity(query, target), one.similarity(target, query))


def test_objective_by_hand():
    network = ViSiL(DIMS, False, **LEARNING)
    constant_output(network, 1.5)
    terms = network.objective(batch_of(2, frames=8, distractors=2))
    assert terms["triplet"].item() == pytest.approx(0.5)  # all pairs alike: the margin is left
    # a tenth of: two pairs of a triplet, of 2 × 2 outputs, each half above 1
    assert terms["range_penalty"].item() == pytest.approx(0.1 * 2 * 4 * 0.5)


@pytest.mark.parametrize("symmetric", [False, True])
def test_steps_lower_the_loss_and_give_the_same_twice(symmetric):
    def run():
        torch.manual_seed(0)
        network = ViSiL(DIMS, symmetric, **LEARNING)
        return learn(network, batch_of(3, distractors=3), 12)

    totals = learn_twice(run)
    assert totals[-1] < 0.9 * totals[0]


def test_other_weights_are_named():
    state = Golden("visil", "visil/").state()
    state["extra"] = state.pop("video_comperator.conv1.bias")
    with pytest.raises(ValueError, match=r"missing comparator_module\.conv1\.bias; unexpected extra"):
        from_published(state)
    with pytest.raises(ValueError, match="unexpected extra; expected"):
        from_published(state | {"video_comperator.conv1.bias": state["extra"]})
