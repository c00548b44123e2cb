"""What the pages of the retrieval explorer show."""

from pydantic import Field

from hapvr.section import Section


class Explorer(Section):
    """How much of each benchmark: what bounds the size of its pages, and the time to make them."""

    runs: list[str] = Field(
        min_length=2, description="any two stand side by side; to begin with the first and the last"
    )
    queries: int = Field(ge=1, description="queries of a page; those that differ most between these two come first")
    results: int = Field(ge=1, description="first videos of each ranking")
    matrices: int = Field(ge=0, description="first videos of each ranking that have a frame-to-frame matrix")
    matrix_side: int = Field(
        ge=4, description="most rows or columns of a matrix; of several frames the best one counts"
    )
    pictures: int = Field(ge=1, description="most frames of a film strip")
    picture_px: int = Field(ge=16, description="height of a film strip")
