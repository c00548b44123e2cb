"""How whole benchmarks are scored."""

from typing import Literal

from pydantic import Field

from hapvr.section import Section


class Score(Section):
    memory_gb: float = Field(gt=0, description="bound on the working set of scoring, GiB")
    threads: int = Field(ge=1, description="CPU threads of one scoring")
    number_format: Literal["float32", "bfloat16", "float16", "auto"] = Field(
        description="of the region products; auto: bfloat16 where it is measured to be faster"
    )
