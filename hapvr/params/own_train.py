"""What a run may have in the place of a value of `train`, for itself alone: `runs.X.train`."""

from typing import Annotated, Any

from pydantic import SerializerFunctionWrapHandler, ValidationError, create_model, model_serializer

from hapvr.section import Section
from hapvr.training.options import Train

# What changes the weights of one run. The other keys are those of all trainings (seeds, source) or change no result.
KEYS = (
    "number_format", "gather", "steps", "pairs", "window", "core_window", "learning_rate", "weight_decay",
    "warmup_steps", "warmup_factor", "final_factor", "temporal", "validation_share", "validation_every", "keep",
    "patience",
)  # fmt: skip


class Given(Section):
    """Written as it was read: keys that were left out stay out."""

    @model_serializer(mode="wrap")
    def only_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if key in self.model_fields_set}


_FIELDS = {key: Train.model_fields[key] for key in KEYS}
_OPTIONAL: dict[str, Any] = {key: (Annotated[field.annotation, field], None) for key, field in _FIELDS.items()}
OwnTrain = create_model("OwnTrain", __base__=Given, **_OPTIONAL)


def own_values(own: Given) -> dict[str, Any]:
    """The keys of `train` that a run has values of its own of, and these."""
    return own.model_dump(mode="json")


def with_own(train: Train, own: Given) -> Train:
    """`train` with a run's own values, checked together. Raises ValueError for those that do not fit together."""
    values = own_values(own)
    if not values:
        return train
    try:
        return Train.model_validate(train.model_dump() | values)
    except ValidationError as error:
        # Each value has been checked by itself: what is left is what the section says of several.
        raise ValueError("; ".join(str(item["ctx"]["error"]) for item in error.errors())) from error
