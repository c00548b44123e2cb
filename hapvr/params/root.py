"""The whole of `params.yaml`, with the rules that join its sections."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from hapvr.evaluation.options import Evaluate
from hapvr.explorer.options import Explorer
from hapvr.features.backbones import BACKBONES
from hapvr.features.options import Features, Teacher, Whiten
from hapvr.fetch.conversions import CONVERTED, WHITENING
from hapvr.fetch.options import Upstream, Way
from hapvr.methods import METHODS
from hapvr.params import own_training, ways
from hapvr.params.names import Name, refuse_more_than_a_name
from hapvr.params.own_train import own_values, with_own
from hapvr.params.runs import AnyRun, Losses, Method, NormalisedRun, RerankedRun, Reranking, Run
from hapvr.params.variants import variants, with_names
from hapvr.render.options import Render
from hapvr.reports.figures import FIGURES
from hapvr.reports.headline import Headline
from hapvr.reports.notebook.options import Notebook
from hapvr.reports.options import Differences, NumberFormat, Table
from hapvr.scoring.options import Score
from hapvr.search.options import Search
from hapvr.section import Section
from hapvr.training.options import Train
from hapvr.video.options import Frames
from hapvr.views.options import Views

Fetch = Annotated[Render | Upstream, Field(discriminator="source")]
Figure = variants(FIGURES, dict.fromkeys(FIGURES, Section), names={"Losses": Losses})


class Job(Section):
    """What one job of a stage asks of a cluster."""

    mem_mb: int = Field(ge=1, description="memory, MB")
    runtime_min: int = Field(ge=1, description="minutes after which a cluster may end it; it resumes when run again")


class GpuJob(Job):
    """The same of a stage that may use GPUs."""

    gpu: int = Field(ge=0, description="GPUs")


class Resources(Section):
    """What jobs ask of a cluster, beside the threads that their sections name; it changes no result."""

    fetch: Job
    videos: Job = Field(description="one shard; a fetched one takes days at a polite rate")
    frames: GpuJob = Field(description="memory: frames.workers times frames.limits.memory_gb, and some")
    whiten: GpuJob
    features: GpuJob
    views: GpuJob
    train: GpuJob = Field(description="one training: memory of all its processes; GPUs: train.processes, or 0")
    score: GpuJob = Field(description="also of normalise, number_format and explorer, which score too")
    others: Job = Field(description="every other stage")


class Params(Section):
    preset: str = Field(description="the preset this file came from")
    datasets: list[str] = Field(min_length=1, description="datasets fetched, sampled and described")
    training_set: str = Field(
        description="dataset whose videos train, whiten and normalise, without labels; a run may be trained on another"
    )
    benchmarks: list[str] = Field(min_length=1, description="datasets evaluated on")
    shards: list[int] = Field(min_length=1, description="each dataset is cut into this many parts: 0, 1, …")
    backbone: Literal[tuple(BACKBONES)]  # type: ignore[valid-type]
    teacher: Teacher
    fetch: dict[Name, Fetch]
    frames: Frames
    whiten: Whiten
    features: Features
    views: Views
    methods: dict[Name, Method] = Field(description="methods that several runs share, by a name of their own")
    objectives: dict[Name, Losses] = Field(description="losses that several runs share, by a name of their own")
    runs: dict[Name, AnyRun]
    train: Train
    score: Score
    evaluate: Evaluate
    tables: dict[Name, Table]
    differences: Differences
    number_format: NumberFormat
    headline: Headline
    figures: Annotated[dict[str, Figure], BeforeValidator(with_names)]  # type: ignore[valid-type]
    notebook: Notebook
    search: Search
    explorer: Explorer
    resources: Resources

    def shown(self, figure: str) -> dict[str, Any]:
        """What a figure shows: its parameters."""
        found: dict[str, Any] = self.figures[figure].model_dump(exclude={"name"})  # type: ignore[attr-defined]
        return {key: _without_names(value) for key, value in found.items()}

    @property
    def fetched(self) -> dict[str, Upstream]:
        """Datasets whose videos are found or fetched, not rendered."""
        named = {name: self.fetch[name] for name in self.datasets}
        found = {name: section for name, section in named.items() if isinstance(section, Upstream)}
        return {name: section for name, section in found.items() if section.way == "videos"}

    @property
    def modelled(self) -> list[str]:
        """Runs with models of their own."""
        return [name for name, run in self.runs.items() if isinstance(run, Run)]

    @property
    def scored(self) -> list[str]:
        """Runs with models of their own that retrieve by themselves."""
        return [
            name for name in self.modelled if METHODS.constant(self.method_of(name)["name"], "retrieves") is not False
        ]

    @property
    def evaluated(self) -> list[str]:
        """Runs that there are scores of."""
        left_out = {*self.modelled} - {*self.scored}
        return [name for name in self.runs if name not in left_out]

    @property
    def trained(self) -> list[str]:
        """Runs that are trained: by losses, by the method's own objective or by its own `fit`."""
        learning = [name for name in self.modelled if name not in self.adopted]
        return [name for name in learning if self.losses_of(name) or learns_by_itself(self.method_of(name))]

    @property
    def adopted(self) -> list[str]:
        """Runs with published weights."""
        return [name for name in self.modelled if self.weights_of(name) is not None]

    @property
    def untrained(self) -> list[str]:
        """Runs of a network that losses could train, but none does: they have its first weights."""
        others = {*self.trained, *self.adopted}
        return [name for name in self.modelled if name not in others and _learns_by_losses(self.method_of(name))]

    @property
    def frozen(self) -> list[str]:
        """Runs whose method has nothing to learn."""
        others = {*self.trained, *self.adopted, *self.untrained}
        return [name for name in self.modelled if name not in others]

    @property
    def reranked(self) -> list[str]:
        """Runs made of two other runs' scores."""
        return [name for name, run in self.runs.items() if isinstance(run, RerankedRun)]

    def reranking_of(self, run: str) -> Reranking:
        """What a re-ranked run is made of."""
        found = self.runs[run]
        assert isinstance(found, RerankedRun)
        return found.rerank

    def models_of(self, run: str) -> list[str]:
        """Runs whose models give a run's scores: itself, the one it normalises, or the three of a re-ranked one."""
        if run in self.reranked:
            part = self.reranking_of(run)
            return [part.coarse, part.fine, part.selector]
        return [self.model_of(run)]

    @property
    def normalised(self) -> list[str]:
        """Runs made of another run's scores."""
        return [name for name, run in self.runs.items() if isinstance(run, NormalisedRun)]

    def model_of(self, run: str) -> str:
        """Name of the run whose models give a run's scores: itself, or the one it normalises."""
        found = self.runs.get(run)
        return found.of if isinstance(found, NormalisedRun) else run

    def members(self, run: str) -> list[str]:
        """A run with weights of its own has one member per seed, one with published weights `published`, any other
        `frozen`; a normalised or re-ranked run has those it is of."""
        of = self.models_of(run)[0]
        if of in self.adopted:
            return ["published"]
        return ["frozen"] if of in self.frozen else [str(seed) for seed in self.seeds_of(of)]

    def teachers_of(self, run: str) -> dict[str, str]:
        """Runs whose models of the same seed teach a run, by the names that its method has for them."""
        return self._scored_run(run).teachers

    def learns_from_core(self, run: str) -> bool:
        """Whether a run itself learns from the labelled core of its training set."""
        return METHODS.constant(self.method_of(run)["name"], "learns_from") == "core"

    def learns_from_labels(self, run: str) -> bool:
        """Whether a run, or one that teaches it, learns from the labelled core of its training set."""
        models = self.models_of(run)
        if any(self.learns_from_core(model) for model in models):
            return True
        teachers = [teacher for model in models for teacher in self.teachers_of(model).values()]
        return any(self.learns_from_labels(teacher) for teacher in teachers)

    def weights_of(self, run: str) -> str | None:
        """Name of the published weights of a run, or of the one it normalises; None: it has none."""
        return self._scored_run(run).weights

    def seeds_of(self, run: str) -> list[int]:
        """Seeds of the trainings of a run, or of the one it normalises."""
        return self._scored_run(run).seeds or self.train.seeds

    def train_of(self, run: str) -> Train:
        """How a run, or the one that it normalises, is trained: `train` with the run's own values."""
        return with_own(self.train, self._scored_run(run).train)

    def own_train_of(self, run: str) -> dict[str, Any]:
        """The keys of `train` that a run, or the one that it normalises, has values of its own of, and these."""
        return own_values(self._scored_run(run).train)

    def training_set_of(self, run: str) -> str:
        """The dataset that a run, or the one that it normalises, learns from."""
        return self._scored_run(run).training_set or self.training_set

    def fits_itself(self, run: str) -> bool:
        """Whether the method of a run learns in a way of its own, not in steps."""
        return "fit" in METHODS.functions(self.method_of(run)["name"])

    def processes_of(self, run: str) -> int:
        """How many processes train a run together; a method that fits itself does so in one."""
        return 1 if self.fits_itself(run) else self.train.processes

    def way_of(self, dataset: str) -> Way:
        """How a dataset comes: as videos, as embedded ones do, as frames or as features."""
        found = self.fetch.get(dataset)
        return found.way if isinstance(found, Upstream) else "videos"

    def benchmarks_of(self, run: str) -> list[str]:
        """Benchmarks that a run is scored on: those on which something shows it, and those that nothing is shown on.

        All, if nothing shows the run.
        """
        names = {run, *(name for name in [*self.normalised, *self.reranked] if run in self.models_of(name))}
        shows = [(runs, benchmarks) for _, _, runs, benchmarks in self._shows() if runs]
        shown = {name for runs, benchmarks in shows if names.intersection(runs) for name in benchmarks}
        taken = {name for _, benchmarks in shows for name in benchmarks}
        return [name for name in self.benchmarks if not shown or name in shown or name not in taken]

    def _shows(self) -> Iterator[tuple[str, str, list[str], list[str]]]:
        """Tables, figures and claims: where each stands, under which key its runs do, these runs, its benchmarks."""
        for name, claim in self.differences.tables.items():
            yield f"differences.tables.{name}", "pairs", [run for pair in claim.pairs for run in pair], claim.benchmarks
        for name, table in self.tables.items():
            yield f"tables.{name}", "runs", table.runs, table.benchmarks
        for name in self.figures:
            shown = self.shown(name)
            benchmarks = [*shown.get("benchmarks", []), *([shown["benchmark"]] if "benchmark" in shown else [])]
            key = "run" if "run" in shown else "runs"
            yield f"figures.{name}", key, [shown["run"]] if key == "run" else shown.get("runs", []), benchmarks
        yield "notebook", "run", [self.notebook.run], [self.notebook.benchmark]
        yield "notebook", "frozen", [self.notebook.frozen], [self.notebook.benchmark]

    @property
    def explored(self) -> dict[str, list[str]]:
        """Benchmark → the runs of the explorer that are scored on it, where there are two to stand side by side."""
        runs = {name: self.benchmarks_of(name) for name in self.explorer.runs}
        found = {name: [run for run, scored in runs.items() if name in scored] for name in self.benchmarks}
        return {name: of for name, of in found.items() if len(of) > 1}

    def restriction_of(self, benchmark: str) -> str | None:
        """File of the only videos of a benchmark that are evaluated on; None: all are, or it is no benchmark."""
        lists = self.evaluate.restrict_to
        if benchmark not in self.benchmarks:
            return None
        return lists.get(benchmark) if isinstance(lists, dict) else lists

    def method_of(self, run: str) -> dict[str, Any]:
        """The method whose models give a run's scores: `name` and its parameters."""
        method = self._scored_run(run).method
        found: dict[str, Any] = (self.methods[method] if isinstance(method, str) else method).model_dump()
        return found

    def losses_of(self, run: str) -> dict[str, dict[str, Any]]:
        """Terms of the objective of the run whose models give a run's scores: name → `weight` and parameters."""
        losses = self._scored_run(run).losses
        found = {name: self.objectives[loss][name] if isinstance(loss, str) else loss for name, loss in losses.items()}
        return {name: loss.model_dump(exclude={"name"}) for name, loss in found.items()}

    @property
    def told_losses(self) -> dict[str, dict[str, Any]]:
        """Losses that the notebook shows, as `losses_of` has them: those of its run, then others."""
        own = self.losses_of(self.notebook.run)
        return own | {name: loss for name, loss in self.notebook.other_losses.items() if name not in own}

    def _scored_run(self, run: str) -> Run:
        found = self.runs[self.model_of(run)]
        if not isinstance(found, Run):
            raise ValueError(f"runs.{run}: {self.model_of(run)} has no models of its own")
        return found

    @model_validator(mode="after")
    def check_shared(self) -> Self:
        """A name that stands for a method or a loss is said under `methods` or `objectives`."""
        for name in self.modelled:
            run = self.runs[name]
            assert isinstance(run, Run)
            if isinstance(run.method, str):
                _known(f"runs.{name}.method", [run.method], self.methods, "methods")
            for loss, value in run.losses.items():
                if isinstance(value, str):
                    _known(f"runs.{name}.losses.{loss}", [value], self.objectives, "objectives")
                    _known(f"objectives.{value}", [loss], self.objectives[value], f"it, as runs.{name} expects")
            if run.losses and not _learns_by_losses(self.method_of(name)):
                raise ValueError(
                    f"runs.{name}.losses: method {self.method_of(name)['name']} has no `forward` to train by losses; "
                    "leave losses empty, or use similarity_network"
                )
            _check_teachers(self, name)
            _known(f"runs.{name}.seeds", run.seeds or [], self.train.seeds, "train.seeds")
            _known(f"runs.{name}.training_set", filter(None, [run.training_set]), self.datasets, "datasets")
            shared = {value for value in run.losses.values() if isinstance(value, str)}
            if len(shared) > 1:
                raise ValueError(
                    f"runs.{name}.losses: of several objectives, {', '.join(sorted(shared))}; name one, and give the "
                    "other losses with their parameters"
                )
        return self

    @model_validator(mode="after")
    def check_adopted(self) -> Self:
        """Published weights are known, are the method's, and stand for a training."""
        for name in self.adopted:
            run, method = self._scored_run(name), self.method_of(name)["name"]
            accepted = [key for key in CONVERTED if key != WHITENING]
            _known(f"runs.{name}.weights", [str(run.weights)], accepted, "the published weights of methods")
            if CONVERTED[str(run.weights)] != method:
                raise ValueError(
                    f"runs.{name}.weights: {run.weights} is of {CONVERTED[str(run.weights)]}, found method {method}; "
                    f"accepted: {', '.join(key for key in accepted if CONVERTED[key] == method) or 'none'}"
                )
            if run.losses or run.seeds:
                raise ValueError(
                    f"runs.{name}: has published weights ({run.weights}), so nothing is trained; expected losses: {{}} "
                    f"and no seeds, found {', '.join(run.losses) or f'seeds {run.seeds}'}; leave these out, or weights"
                )
        return self

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Every name used in one section is defined in another."""
        _known("datasets", self.datasets, self.fetch, "fetch")
        needed = ways.uses_training_set(self)
        _known("training_set", [self.training_set], *((self.datasets, "datasets") if needed else (self.fetch, "fetch")))
        _known("benchmarks", self.benchmarks, self.datasets, "datasets")
        _known("number_format.runs", self.number_format.runs, self.scored, "the runs with a method")
        _known("number_format.benchmark", [self.number_format.benchmark], self.benchmarks, "benchmarks")
        _known("headline.runs", self.headline.runs, self.evaluated, "the runs with scores")
        _known("search.run", [self.search.run], self.scored, "the runs with a method")
        _known("explorer.runs", self.explorer.runs, self.evaluated, "the runs with scores")
        for name in self.normalised:
            _known(f"runs.{name}.of", [self.model_of(name)], self.scored, "the runs with a method")
        for name in self.reranked:
            _check_reranking(self, name)
        for place, key, runs, benchmarks in self._shows():
            _known(f"{place}.{key}", runs, self.evaluated, "the runs with scores")
            _known(f"{place}.benchmarks", benchmarks, self.benchmarks, "benchmarks")
        if "training_curves" in self.figures:
            _known(
                "figures.training_curves.runs", self.shown("training_curves")["runs"], self.trained, "the trained runs"
            )
        networks = [name for name in self.scored if _learns_by_losses(self.method_of(name))]
        _known("notebook.run", [self.notebook.run], networks, "the runs of a network that losses can train")
        _known("notebook.frozen", [self.notebook.frozen], self.scored, "the runs with a method")
        if "rerank_curve" in self.figures:
            _known("figures.rerank_curve.run", [self.shown("rerank_curve")["run"]], self.reranked, "the re-ranked runs")
        return self

    @model_validator(mode="after")
    def check_kept_videos(self) -> Self:
        """A video that two datasets have is not deleted while one of them may still need it."""
        for name, section in self.fetched.items():
            others = [key for key, other in self.fetched.items() if key != name and other.videos == section.videos]
            if others and not section.keep:
                raise ValueError(
                    f"fetch.{name}.keep: false would delete videos that {', '.join(others)} may need, which has the "
                    f"same folder {section.videos}; keep them, or give each dataset a folder of its own"
                )
        return self

    @model_validator(mode="after")
    def check_restriction(self) -> Self:
        """A list of videos is one benchmark's; no run is called like the file that says what was found."""
        lists = self.evaluate.restrict_to
        if isinstance(lists, str) and len(self.benchmarks) > 1:
            raise ValueError(
                f"evaluate.restrict_to: expected a file per benchmark, since there are {len(self.benchmarks)}, found "
                f"{lists}; write {{{self.benchmarks[0]}: {lists}}}, and leave out those that are not restricted"
            )
        if isinstance(lists, dict):
            _known("evaluate.restrict_to", lists, self.benchmarks, "benchmarks")
        if "availability" in self.runs:
            raise ValueError("runs.availability: results have a file of that name; call the run something else")
        return self

    @model_validator(mode="after")
    def check_training_set(self) -> Self:
        """The training set is never a test benchmark."""
        if self.training_set in self.benchmarks:
            raise ValueError(f"training_set: {self.training_set} is also in benchmarks; train on other videos")
        return self

    @model_validator(mode="after")
    def check_own_training(self) -> Self:
        """What runs have of their own in the place of `train` and `training_set` can be."""
        own_training.check_own_training(self)
        return self

    @model_validator(mode="after")
    def check_ways(self) -> Self:
        """What needs frames, or a whitening, has them whatever the way in which a dataset comes."""
        ways.check_ways(self)
        return self

    @model_validator(mode="after")
    def check_weights(self) -> Self:
        """Only the embedded backbone comes with its weights."""
        if self.backbone != "efficientnet_lite0" and self.features.weights is None:
            raise ValueError(
                f"features.weights: {self.backbone} needs a file, found null; `hapvr weights {self.backbone}` "
                "fetches one into models/backbones"
            )
        return self

    @model_validator(mode="after")
    def check_tables_of_differences(self) -> Self:
        """Their section is imported by stages, and knows nothing of commands."""
        for name in self.differences.tables:
            try:
                refuse_more_than_a_name(name)
            except ValueError as error:
                raise ValueError(f"differences.tables: {error}") from None
        return self

    @model_validator(mode="after")
    def check_shards(self) -> Self:
        """Shards are numbered from 0."""
        if self.shards != list(range(len(self.shards))):
            raise ValueError(f"shards: expected 0, 1, … without gaps, found {self.shards}")
        return self

    @model_validator(mode="after")
    def check_view_bank(self) -> Self:
        """There is a whole view bank, or none; without one, batches come from frames."""
        if self.views.shards not in (self.shards, []):
            raise ValueError(f"views.shards: expected {self.shards} as in shards, or [], found {self.views.shards}")
        if self.train.source == "views" and not self.views.shards:
            raise ValueError(f"views.shards: train.source is views; expected {self.shards} as in shards, found []")
        return self

    @model_validator(mode="after")
    def check_gpus(self) -> Self:
        """A training on GPUs asks a cluster for one for each of its processes."""
        most = max((self.processes_of(run) for run in self.trained), default=1)
        if 0 < self.resources.train.gpu < most:
            raise ValueError(
                f"resources.train.gpu: {self.resources.train.gpu}, but train.processes is {most}, each on a GPU of "
                f"its own; put {most}, or 0 to train on CPUs"
            )
        return self


def _without_names(value: Any) -> Any:
    """Losses as params.yaml has them, `{name: {…}}`, where the schema put the name into each."""
    if not isinstance(value, dict):
        return value
    return {
        key: {part: of for part, of in entry.items() if part != "name"} if isinstance(entry, dict) else entry
        for key, entry in value.items()
    }


def learns_by_itself(method: dict[str, Any]) -> bool:
    """Whether a method learns without the losses of a run: by an `objective` or a `fit` of its own."""
    return bool({"fit", "objective"} & METHODS.functions(method["name"]))


def _learns_by_losses(method: dict[str, Any]) -> bool:
    return "forward" in METHODS.functions(method["name"])


def _check_teachers(params: Params, name: str) -> None:
    """The teachers of a run are those that its method asks for, trained with the seeds of the run."""
    teachers, method = params.teachers_of(name), params.method_of(name)["name"]
    asked = [] if name in params.adopted else METHODS.arguments(method, "objective")[1:]
    if sorted(teachers) != sorted(asked):
        raise ValueError(
            f"runs.{name}.teachers: method {method} asks for {', '.join(asked) or 'none'}, found "
            f"{', '.join(teachers) or 'none'}"
        )
    for key, teacher in teachers.items():
        place = f"runs.{name}.teachers.{key}"
        _known(place, [teacher], params.trained, "the trained runs")
        _known(f"runs.{name}.seeds", params.seeds_of(name), params.seeds_of(teacher), f"the seeds of {place}")
        if name in _taught_by(params, teacher):
            raise ValueError(f"{place}: {teacher} is taught by {name} itself; name another run")


def _check_reranking(params: Params, name: str) -> None:
    """Coarse and fine retrieve, the selector selects, and all three have the same members."""
    place, parts = f"runs.{name}.rerank", params.reranking_of(name)
    _known(f"{place}.coarse", [parts.coarse], params.scored, "the runs with a method")
    _known(f"{place}.fine", [parts.fine], params.scored, "the runs with a method")
    selectors = [run for run in params.modelled if run not in params.scored]
    _known(f"{place}.selector", [parts.selector], selectors, "the runs of a selector")
    members = [params.members(run) for run in (parts.coarse, parts.fine, parts.selector)]
    if any(of != members[0] for of in members):
        listed = "; ".join(", ".join(of) for of in members)
        raise ValueError(f"{place}: expected runs with the same members, found {listed}; give them the same seeds")


def _taught_by(params: Params, run: str) -> set[str]:
    """A run, its teachers, theirs, and so on."""
    found, waiting = set(), [run]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += [teacher for teacher in params.teachers_of(name).values() if teacher in params.runs]
    return found


def _known(key: str, names: Iterable[str | int], accepted: Iterable[str | int], where: str) -> None:
    accepted = list(accepted)
    for name in names:
        if name not in accepted:
            raise ValueError(f"{key}: {name!r} is not in {where}; accepted: {', '.join(map(str, accepted))}")
