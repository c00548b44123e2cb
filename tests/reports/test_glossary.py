from hapvr.reports.glossary import GLOSSARY, TASK_NAMES, expand
from tests.reports.conftest import TASKS


def test_an_abbreviation_says_what_it_stands_for_where_it_first_stands():
    assert expand("MSE or MSE") == '<abbr title="mean squared error">MSE</abbr> or MSE'


def test_a_part_of_a_name_is_no_abbreviation():
    assert expand("mini_svd, QuadLinear-AP, MSE_2, ANDY") == "mini_svd, QuadLinear-AP, MSE_2, ANDY"


def test_the_task_is_not_taken_for_the_dataset():
    assert 'title="short video detection:' in expand("SVD detection")
    assert 'title="short video dataset:' in expand("SVD")


def test_text_is_escaped_and_backticks_are_code():
    assert expand("a < b of `MAE_x`, <i>") == "a &lt; b of <code>MAE_x</code>, &lt;i&gt;"


def test_every_task_and_label_is_explained():
    known = {term.short for terms in GLOSSARY.values() for term in terms}
    shown = {TASK_NAMES.get(task, task) for tasks in TASKS.values() for task in tasks}
    assert shown | {"mAP", "µAP", "ND", "DS", "CS", "IS"} <= known
