import json
import re
import shutil
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from matplotlib.font_manager import findfont, get_font
from PIL import Image

from hapvr.cli import cli, main
from hapvr.drawing import drawing, save_figure
from hapvr.methods.model import load_model
from hapvr.search.files.describe import Describer
from hapvr.search.files.lettering import drawable, families, look
from hapvr.search.pair_figure import NamedVideo, draw_pair
from hapvr.search.search import Search
from hapvr.video import Sample
from tests.search.rendered_clips import scene, write


@pytest.fixture
def hapvr(project, monkeypatch):
    """Runs `hapvr …` in the project's folder."""
    monkeypatch.chdir(project.root)
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    return tmp_path_factory.mktemp("index") / "index.h5"


def ranked(output: str) -> list[str]:
    """Paths of a printed table."""
    return re.findall(r"^ +\d+ .* \d\.\d{3}  (.*)$", output, re.MULTILINE)


def test_edited_copies_are_found_before_other_videos(hapvr, library, query, index):
    result = hapvr("search", query, library, "--run", "visil_f", "--index", index)
    assert result.exit_code == 0
    copies = {"copies/crop.mp4", "copies/embedded.mp4", "copies/flip.mkv", "copies/worse.mp4"}
    assert set(ranked(result.stdout)[:4]) == copies
    assert len(ranked(result.stdout)) == 10


def test_scores_are_those_of_the_similarity_command(hapvr, library, query, index):
    table = hapvr("search", query, library, "--run", "visil_f", "--index", index, "--top", 1).stdout
    [path] = ranked(table)
    score = float(hapvr("similarity", query, library / path, "--run", "visil_f").stdout)
    assert f"  {score:.3f}  {path}" in table


def test_video_is_most_similar_to_itself(hapvr, query, library):
    itself = float(hapvr("similarity", query, query, "--run", "visil_f").stdout)
    other = float(hapvr("similarity", query, library / "other 20.mp4", "--run", "visil_f").stdout)
    assert itself == pytest.approx(1, abs=1e-3)
    assert other < 0.7


def test_corrupt_file_is_reported_in_full_once_and_the_rest_is_ranked(hapvr, tmp_path, query):
    write(tmp_path / "good.mp4", scene(5, 2))
    (tmp_path / "bad.mp4").write_bytes(query.read_bytes()[:2000])
    first, second, asked = (
        hapvr("search", query, tmp_path, "--run", "visil_f", *arguments) for arguments in ([], [], ["--skipped"])
    )
    in_full = "skipped, tried again when they change or with --rebuild: 1\n  bad.mp4: "
    for result in (first, second, asked):
        assert result.exit_code == 0
        assert ranked(result.stdout) == ["good.mp4"]
        assert (in_full in result.stderr) == (result is not second)
    assert "skipped as before: 1; --skipped says which and why" in second.stderr
    assert "bad.mp4" not in second.stderr
    assert (tmp_path / ".hapvr-index.h5").exists()


def test_interrupted_search_says_how_far_it_is(hapvr, tmp_path, query, monkeypatch):
    for number in range(3):
        write(tmp_path / f"{number}.mp4", scene(number, 1))
    describe = Describer.__call__

    def interrupt(self, path):
        if path.name == "2.mp4":
            raise KeyboardInterrupt
        return describe(self, path)

    monkeypatch.setattr(Describer, "__call__", interrupt)
    result = hapvr("search", query, tmp_path, "--run", "visil_f")
    assert result.exit_code == 130
    assert result.stderr.endswith("hapvr: 2 of 3 videos done, run again to go on\n")
    assert "Aborted" not in result.stderr


def test_still_picture_of_a_video_finds_it_and_its_copies(hapvr, library, index, tmp_path):
    Image.fromarray(scene(1)[9]).save(tmp_path / "still.png")
    result = hapvr("search", tmp_path / "still.png", library, "--run", "visil_f", "--index", index)
    assert result.exit_code == 0
    copies = {"copies/crop.mp4", "copies/embedded.mp4", "copies/flip.mkv", "copies/worse.mp4"}
    assert set(ranked(result.stdout)[:4]) == copies


def test_picture_that_is_none_is_an_error_that_names_it(hapvr, library, index, tmp_path):
    (tmp_path / "still.png").write_bytes(b"nothing")
    result = hapvr("search", tmp_path / "still.png", library, "--run", "visil_f", "--index", index)
    assert result.exit_code != 0
    assert f"{tmp_path / 'still.png'}: not a picture that can be read: " in str(result.exception)


def test_folder_without_a_readable_video_is_an_error(hapvr, tmp_path, query):
    (tmp_path / "bad.mp4").write_bytes(b"\0" * 500)
    result = hapvr("search", query, tmp_path, "--run", "visil_f")
    assert result.exit_code != 0
    assert f"{tmp_path}: no readable video besides the query\n  bad.mp4: " in str(result.exception)


def test_query_in_the_folder_is_not_ranked_but_its_copies_are(hapvr, tmp_path, query):
    shutil.copy(query, tmp_path / "query.mp4")
    shutil.copy(query, tmp_path / "copy.mp4")
    result = hapvr("search", tmp_path / "query.mp4", tmp_path, "--run", "visil_f")
    assert ranked(result.stdout) == ["copy.mp4"]
    assert result.stdout.splitlines()[1].split()[:4] == ["1", "identical", "100", "%"]


def test_wrong_query_path_is_named(hapvr, library):
    result = hapvr("search", "missing.mp4", library)
    assert result.exit_code == 2
    assert "Invalid value for 'QUERY': File 'missing.mp4' does not exist." in result.stderr


def test_unreadable_query_is_one_line_of_error(project, library, tmp_path, index, monkeypatch, capsys):
    (tmp_path / "q.mp4").write_bytes(b"nothing")
    monkeypatch.chdir(project.root)
    arguments = ["search", str(tmp_path / "q.mp4"), str(library), "--run", "visil_f", "--index", str(index)]
    monkeypatch.setattr("sys.argv", ["hapvr", *arguments])
    with pytest.raises(SystemExit) as error:
        main()
    assert error.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"hapvr: {tmp_path / 'q.mp4'}: ")


def test_missing_model_says_what_to_run(hapvr, query, library):
    result = hapvr("similarity", query, query, "--run", "hapvr")
    assert result.exit_code != 0
    assert str(result.exception).endswith(
        "models/hapvr/0: no model of hapvr there; run `make repro` first, "
        "or name a run that has one: --run visil_f | mean_pool"
    )


def test_trained_run_without_its_weights_is_an_error(hapvr, project, query):
    folder = project.model_folder("s2vs", "0")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"method": project.params.method_of("s2vs")}))
    result = hapvr("similarity", query, query, "--run", "s2vs")
    assert result.exit_code != 0
    assert f"{folder}: no model of s2vs there" in str(result.exception)
    assert "--run visil_f | mean_pool" in str(result.exception)
    with pytest.raises(FileNotFoundError, match=r"weights.safetensors: no such file, but .* needs one"):
        load_model(folder, project.params.whiten.dims)


def test_unknown_run_names_the_known_ones(hapvr, query):
    result = hapvr("similarity", query, query, "--run", "hapv")
    assert "--run hapv: not a run with a model in params.yaml; accepted: hapvr, s2vs" in str(result.exception)


def test_figure_of_a_pair_shows_both_strips(hapvr, query, library, tmp_path):
    path = tmp_path / "pair.png"
    result = hapvr("similarity", query, library / "copies/embedded.mp4", "--run", "visil_f", "--figure", path)
    assert result.exit_code == 0
    pixels = np.asarray(Image.open(path).convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 2000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["東京 $x$ 🧑‍🚀.mp4", "वीडियो فيديو.mp4"])
def test_names_in_any_script_are_drawn_without_empty_boxes(query, tmp_path, name):
    frames = Sample(scene(1, 1), np.arange(4) / 4, np.arange(4), "")
    with drawing(look()):
        figure = draw_pair(NamedVideo(name, frames), NamedVideo(name, frames), np.eye(4), title="similarity")
        save_figure(figure, tmp_path / "pair.png", dpi=50)
    for character in drawable(name):
        assert any(get_font(findfont(family)).get_char_index(ord(character)) for family in families())


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_figure_of_results_is_the_same_every_time(hapvr, query, library, index, tmp_path, suffix):
    for name in ("one", "two"):
        arguments = ["--run", "visil_f", "--index", index, "--top", 2, "--figure", tmp_path / f"{name}{suffix}"]
        assert hapvr("search", query, library, *arguments).exit_code == 0
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["QUERY", "nowhere"], "nowhere: no such folder"),
        (["QUERY", ".", "--run", "hapv"], "--run hapv: not a run"),
        (["QUERY", ".", "--figure", "out.doc"], "--figure out.doc: expected"),
        (["QUERY", ".", "--report", "out.doc"], "--report out.doc: expected"),
    ],
)
def test_errors_in_arguments_come_before_pytorch_is_imported(project, query, monkeypatch, arguments, message):
    """And before matplotlib, PyAV and h5py: in a process that refuses to import them."""
    monkeypatch.chdir(project.root)
    for name in ("torch", "matplotlib", "av", "h5py", "hapvr.search.models"):
        monkeypatch.setitem(sys.modules, name, None)
    named = [str(query) if one == "QUERY" else one for one in arguments]
    result = CliRunner().invoke(cli, ["search", *named])
    assert str(result.exception).startswith(message)


def test_figure_of_unknown_kind_is_refused_before_any_work(hapvr, query, tmp_path, monkeypatch):
    monkeypatch.setattr(Search, "__init__", lambda *_, **__: pytest.fail("work began"))
    result = hapvr("search", query, tmp_path, "--figure", "out.xyz")
    assert "--figure out.xyz: expected a file that ends in .png, .svg, .pdf" in str(result.exception)
