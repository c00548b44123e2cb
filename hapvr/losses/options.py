"""What a term of the training objective has beside the parameters of its loss."""

from pydantic import Field

from hapvr.section import Section


class Term(Section):
    """One term of the training objective."""

    weight: float = Field(gt=0, description="factor of this term in the total loss")


class FrameTerm(Term):
    """A term of the frame level, on the teacher's pseudo labels."""

    top_rate: float = Field(gt=0, lt=1, description="share of frames the teacher finds most similar: positives")
    bottom_rate: float = Field(gt=0, lt=1, description="share of frames the teacher finds least similar: negatives")
