import pytest

from hapvr.render.camera import Camera, Recording
from hapvr.render.edits import Edit
from hapvr.render.incident import Incident
from hapvr.render.relation import relation
from hapvr.render.video import Clip, Video, whole_clip


def recording(camera: str, start_s: float, end_s: float, incident: str = "one") -> Recording:
    place = (0.0, 0.0, 1.0, 0.0)
    world = Incident(0, incident, incident, 0, 1, (5, 9), 0)
    return Recording(world, Camera(camera, place, place, (1, 1, 1)), start_s, end_s)


def video(*clips: Clip) -> Video:
    return Video(clips, crf=30)


FOOTAGE = recording("a", 10, 20)
QUERY = video(whole_clip(FOOTAGE))
OTHER = whole_clip(recording("c", 0, 5, incident="two"))
STOCK = Clip(recording("d", 0, 3, incident="three"), 0, 3, stock=True)


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        ([whole_clip(FOOTAGE)], "ND"),
        ([Clip(FOOTAGE, 11, 19.5, Edit(flip=True, speed=1.2))], "ND"),
        ([Clip(FOOTAGE, 13, 17)], "DS"),
        ([OTHER, whole_clip(FOOTAGE)], "DS"),
        ([OTHER, Clip(FOOTAGE, 13, 17), OTHER], "DS"),
        ([whole_clip(recording("b", 19, 30))], "CS"),
        ([whole_clip(recording("b", 20, 30))], "IS"),
        ([whole_clip(recording("b", 40, 50))], "IS"),
        ([OTHER], None),
        ([Clip(FOOTAGE, 10, 14), STOCK, Clip(FOOTAGE, 14, 20)], "ND"),
    ],
)
def test_relation_follows_from_footage_and_times(clips, expected):
    assert relation(QUERY, video(*clips)) == expected


def test_other_footage_of_the_query_in_a_video_counts_before_another_camera():
    assert relation(QUERY, video(whole_clip(recording("b", 12, 18)), Clip(FOOTAGE, 10, 13))) == "DS"


def test_a_stock_shot_relates_nothing():
    assert relation(video(whole_clip(FOOTAGE), STOCK), video(OTHER, STOCK)) is None


def test_footage_behind_an_inset_is_not_shown_as_such():
    framed = Clip(OTHER.recording, 0, 5, Edit(inset=(0.2, 0.2, 0.8, 0.8)), host=FOOTAGE)
    assert relation(QUERY, video(framed)) is None
