"""What goes wrong with the mails: padding on the other side, and ids of another numbering."""

from __future__ import annotations

from ..perturb_texts import NUMBERING, of_texts
from ..problem import CommonMistakes, Rerendering
from ..rerender_texts import TextVariation
from .data import MAIL

common_mistakes = CommonMistakes(
    perturbations=of_texts(MAIL.vocabulary, MAIL.what),
    mistaken_for=f"Perhaps your word numbers are not those of data/vocabulary.txt. {NUMBERING}",
    regularise="Dropout before the last layer, or an Embedding of fewer numbers",
    rerendering=Rerendering(
        TextVariation(MAIL.length, rename=False, loose=True).render,
        "with sentences and words in a slightly other order",
    ),
    ample_parameters=5_000_000,
)
