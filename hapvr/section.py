"""What every section of `params.yaml` has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Unknown and missing keys are errors; nothing has a default; values never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
